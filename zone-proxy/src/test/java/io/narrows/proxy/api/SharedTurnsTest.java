package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeUpstream.Sent;
import io.narrows.relay.loop.ManualLoop;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.junit.jupiter.api.Test;

final class SharedTurnsTest {
    private final ManualLoop loop = new ManualLoop(0);
    private final SharedTurns turns = new SharedTurns(loop);
    private final List<CompletableFuture<Answer>> sent = new ArrayList<>();

    @Test
    void aClientHasTwoRequestsOnSharedConnectionsAndTheOthersFollowInOrder() {
        List<CompletableFuture<Answer>> answers = take(5);
        assertThat(sent).hasSize(SharedTurns.MAX_IN_FLIGHT);

        Answer first = new Answer.Reply(new MetadataResponseData());
        sent.get(1).complete(first);
        loop.runPending();

        assertThat(answers.get(1)).isCompletedWithValue(first);
        assertThat(sent).hasSize(3);
        sent.get(2).completeExceptionally(new IllegalStateException());
        loop.runPending();
        assertThat(answers.get(2)).isCompletedExceptionally();
        assertThat(sent).hasSize(4);
    }

    @Test
    void whatWaitsWhenTheClientLeavesIsNeverSentAndAnswered() {
        List<CompletableFuture<Answer>> answers = take(5);

        turns.close();
        sent.forEach(answer -> answer.complete(new Answer.Silence()));
        loop.runPending();

        assertThat(sent).hasSize(SharedTurns.MAX_IN_FLIGHT);
        assertThat(answers).allMatch(CompletableFuture::isDone);
        assertThat(take(3)).allMatch(CompletableFuture::isDone);
        assertThat(sent).hasSize(SharedTurns.MAX_IN_FLIGHT);
    }

    @Test
    void aRequestThatFailsBeforeItIsSentGivesItsTurnBack() {
        for (int i = 0; i < 10; i++) {
            CompletableFuture<Answer> failed = turns.take(() -> {
                throw new IllegalArgumentException();
            });
            assertThat(failed).isCompletedExceptionally();
        }

        take(1);

        assertThat(sent).hasSize(1);
    }

    /** Every API is asked with its defaults in its newest version. */
    @Test
    void everyApiThatUsesSharedConnectionsTakesTurns() {
        for (ApiKeys key : ApiKeys.apisForListener(ListenerType.BROKER)) {
            ApiHarness harness = new ApiHarness();
            ClientApis apis = harness.connect(new Client("User", "ANONYMOUS", "h", ApiHarness.AT, "c"));
            short version = key.latestVersion(false);
            if (key == ApiKeys.API_VERSIONS || version < 0) {
                continue;
            }
            ApiMessage message = key.messageType.newRequest();
            AbstractRequest request;
            try {
                request = AbstractRequest.parseRequest(key, version, MessageUtil.toByteBufferAccessor(message, version))
                        .request;
            } catch (RuntimeException e) {
                continue; // Its defaults are no request.
            }
            ApiCall call = new ApiCall(key, "c", request, records -> Unpooled.EMPTY_BUFFER);
            CompletableFuture<Answer> unused = apis.answer(call);
            harness.loop.runPending();
            boolean shared = harness.upstream.sent(key).stream().anyMatch(one -> !one.own());
            boolean lookedUp = harness.upstream.sent(ApiKeys.FIND_COORDINATOR).stream()
                    .map(Sent::own)
                    .anyMatch(own -> !own);
            if (shared || lookedUp && CoordinatedListApi.KEYS.contains(key)) {
                assertThat(SharedTurns.covers(call)).as(key.name).isTrue();
            }
        }
    }

    private List<CompletableFuture<Answer>> take(int count) {
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(turns.take(() -> {
                CompletableFuture<Answer> answer = new CompletableFuture<>();
                sent.add(answer);
                return answer;
            }));
        }
        return answers;
    }
}
