package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.PartitionLayout;
import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.router.topology.Topology;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractRequest;
import org.junit.jupiter.api.Test;

/** Incremental fetch sessions of clients, as a broker would run them. */
final class FetchSessionTest {
    private static final short VERSION = 12;
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", new Endpoint("proxy", 9192), "");

    private final FakeCluster cluster = new FakeCluster();
    private final ManualLoop loop = new ManualLoop(0);
    private final FetchSessions sessions = new FetchSessions(2, new Random(7));
    private long highWatermark = 10;

    private FetchSession open(int... partitions) {
        FetchSessions.Slot slot =
                sessions.maybeTake(partitions.length, loop.nanoTime()).orElseThrow();
        return new FetchSession(slot, false, request(0, 0, partitions));
    }

    private static FetchRequestData request(int id, int epoch, int... partitions) {
        FetchTopic topic = new FetchTopic().setTopic("orders");
        for (int partition : partitions) {
            topic.partitions()
                    .add(new FetchPartition()
                            .setPartition(partition)
                            .setFetchOffset(5)
                            .setPartitionMaxBytes(1 << 20));
        }
        FetchRequestData request =
                new FetchRequestData().setSessionId(id).setSessionEpoch(epoch).setMaxWaitMs(0);
        return partitions.length == 0 ? request : request.setTopics(List.of(topic));
    }

    private FetchResponseData response(int... partitions) {
        List<PartitionData> data = new ArrayList<>();
        for (int partition : partitions) {
            data.add(new PartitionData()
                    .setPartitionIndex(partition)
                    .setHighWatermark(highWatermark)
                    .setLogStartOffset(0)
                    .setRecords(MemoryRecords.EMPTY));
        }
        return new FetchResponseData()
                .setResponses(
                        List.of(new FetchableTopicResponse().setTopic("orders").setPartitions(data)));
    }

    private static List<Integer> partitions(FetchResponseData response) {
        return response.responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .map(PartitionData::partitionIndex)
                .toList();
    }

    @Test
    void onlyWhatChangedIsTold() {
        FetchSession session = open(0, 1, 2);
        session.told(response(0, 1, 2));
        FetchResponseData same = response(0, 1, 2);
        session.tellNews(same);
        assertThat(same.responses()).isEmpty();
        assertThat(same.sessionId()).isEqualTo(session.slot.id);
        FetchResponseData moved = response(0, 1, 2);
        moved.responses().get(0).partitions().get(1).setHighWatermark(11);
        session.tellNews(moved);
        assertThat(partitions(moved)).containsExactly(1);
    }

    @Test
    void anErrorIsToldAndSoIsItsEnd() {
        FetchSession session = open(0);
        session.told(response(0));
        FetchResponseData failed = response(0);
        failed.responses().get(0).partitions().get(0).setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
        session.tellNews(failed);
        assertThat(partitions(failed)).containsExactly(0);
        FetchResponseData over = response(0);
        session.tellNews(over);
        assertThat(partitions(over)).containsExactly(0);
    }

    @Test
    void aPartitionWithoutAnAnswerIsNoNewsAndForgetsNothing() {
        FetchSession session = open(0);
        session.told(response(0));
        highWatermark = -1;
        FetchResponseData silent = response(0);
        session.tellNews(silent);
        assertThat(silent.responses()).isEmpty();
        highWatermark = 10;
        FetchResponseData same = response(0);
        session.tellNews(same);
        assertThat(same.responses()).isEmpty();
    }

    @Test
    void partitionsAreAddedChangedAndForgotten() {
        FetchSession session = open(0, 1);
        FetchRequestData change = request(session.slot.id, 1, 1, 2)
                .setForgottenTopicsData(
                        List.of(new ForgottenTopic().setTopic("orders").setPartitions(List.of(0))));
        change.topics().get(0).partitions().get(0).setFetchOffset(99);
        session.change(change);
        assertThat(session.whole(change).topics().get(0).partitions())
                .extracting(FetchPartition::partition, FetchPartition::fetchOffset)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1, 99L), org.assertj.core.groups.Tuple.tuple(2, 5L));
    }

    @Test
    void aFullCacheKeepsWhatIsYoungAndGivesUpWhatIsStale() {
        FetchSession first = open(0);
        loop.advance(TimeUnit.SECONDS.toNanos(100));
        open(1);
        assertThat(sessions.maybeTake(5, loop.nanoTime())).isEmpty();
        loop.advance(TimeUnit.SECONDS.toNanos(30));
        assertThat(sessions.maybeTake(5, loop.nanoTime())).isPresent();
        assertThat(first.slot.isEvicted()).isTrue();
        assertThat(sessions.count()).isEqualTo(2);
        assertThat(sessions.evictions()).isEqualTo(1);
    }

    @Test
    void aSessionThatGrowsBeyondTheCacheIsOver() {
        FetchSession session = open(0);
        assertThat(sessions.touch(session.slot, 400, loop.nanoTime())).isTrue();
        assertThat(sessions.touch(session.slot, 401, loop.nanoTime())).isFalse();
        assertThat(session.slot.isEvicted()).isTrue();
        assertThat(sessions.partitions()).isZero();
    }

    @Test
    void epochsAndIdsOfOthersAreRefusedAsByABroker() {
        ClientApis apis = apis();
        FetchResponseData opened = fetch(apis, request(0, 0, 0));
        int id = opened.sessionId();
        assertThat(id).isPositive();
        assertThat(Errors.forCode(fetch(apis, request(id + 1, 1)).errorCode()))
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
        assertThat(Errors.forCode(fetch(apis, request(id, 2)).errorCode()))
                .isEqualTo(Errors.INVALID_FETCH_SESSION_EPOCH);
        assertThat(fetch(apis, request(id, 1)).errorCode()).isZero();
        assertThat(fetch(apis, request(id, 2)).errorCode()).isZero();
        assertThat(fetch(apis, request(id, -1, 0)).sessionId()).isZero();
        assertThat(Errors.forCode(fetch(apis, request(id, 3)).errorCode()))
                .isEqualTo(Errors.FETCH_SESSION_ID_NOT_FOUND);
    }

    /** So that they look for the others before their connection ends. */
    @Test
    void aProxyThatOthersHaveTakenOverFromTellsReadersOfEverything() {
        ProxyMember self = new ProxyMember("self", 900, 1, Map.of());
        ProxyMember other = new ProxyMember("other", 950, 1, Map.of());
        AtomicReference<PartitionLayout> layout =
                new AtomicReference<>(PartitionLayout.shared(self, List.of(self, other)));
        ClientApis apis =
                apis(new VirtualCluster(new VirtualCluster.Proxies(layout::get, id -> null), "a", List.of("test-*")));
        int id = fetch(apis, request(0, 0, 0, 1)).sessionId();

        layout.set(PartitionLayout.shared(self, List.of(other)));
        FetchResponseData told = fetch(apis, request(id, 1));

        assertThat(told.sessionId()).isEqualTo(id);
        assertThat(partitions(told)).containsExactly(0, 1);
        assertThat(told.responses().get(0).partitions())
                .allMatch(data -> data.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code());
        assertThat(fetch(apis, request(id, 2)).errorCode()).isZero();
    }

    /** Until then it is the few bytes that came, whatever its session holds. */
    @Test
    void aFetchBehindAnotherBecomesWhatItAsksForWhenItsTurnComes() {
        cluster.createTopic("orders", 1);
        cluster.refreshTopics(Set.of("orders"), Topology.AutoCreate.FORBIDDEN);
        ProxyMember self = new ProxyMember("self", 900, 1, Map.of());
        AtomicReference<PartitionLayout> layout = new AtomicReference<>(PartitionLayout.shared(self, List.of(self)));
        ClientApis apis =
                apis(new VirtualCluster(new VirtualCluster.Proxies(layout::get, id -> null), "a", List.of("test-*")));
        CompletableFuture<Answer> opened = send(apis, request(0, 0, 0));
        loop.advance(TimeUnit.SECONDS.toNanos(1));
        Answer first = opened.join();
        int id = ((FetchResponseData) ((Answer.Fetched) first).reply().data()).sessionId();

        CompletableFuture<Answer> waits = send(apis, request(id, 1).setMaxWaitMs(500));
        CompletableFuture<Answer> behind = send(apis, request(id, 2).setMaxWaitMs(500));
        assertThat(waits).isNotDone();
        layout.set(PartitionLayout.shared(self, List.of(new ProxyMember("other", 950, 1, Map.of()))));
        loop.advance(TimeUnit.MILLISECONDS.toNanos(700));
        assertThat(waits).isCompleted();
        assertThat(behind).isCompleted();
        assertThat(behind.join()).isInstanceOf(Answer.Reply.class);

        CompletableFuture<Answer> last = send(apis, request(0, -1, 0));
        assertThat(last).isCompleted();
        apis.disconnect();
    }

    @Test
    void fetchesThatWaitEndWithTheirClient() {
        cluster.createTopic("orders", 1);
        cluster.refreshTopics(Set.of("orders"), Topology.AutoCreate.FORBIDDEN);
        ClientApis apis = apis();
        CompletableFuture<Answer> served = send(apis, request(0, -1, 0).setMaxWaitMs(500));
        CompletableFuture<Answer> behind = send(apis, request(0, -1, 0).setMaxWaitMs(500));
        apis.disconnect();
        loop.runPending();
        assertThat(served).isCompletedWithValueMatching(Answer.Hangup.class::isInstance);
        assertThat(behind).isCompletedWithValueMatching(Answer.Hangup.class::isInstance);
    }

    private ClientApis apis() {
        return apis(new VirtualCluster(900, 2, "a", List.of("test-*")));
    }

    private ClientApis apis(VirtualCluster virtual) {
        FakeUpstream upstream = new FakeUpstream(cluster);
        return new ApiTable(new ApiTable.Dependencies(
                        cluster, upstream, cluster, virtual, new FetchSettings("a", 1 << 20), loop))
                .connect(CLIENT, loop, upstream.forClient());
    }

    /** The topic does not exist: every response is one partition with an error, immediately. */
    private FetchResponseData fetch(ClientApis apis, FetchRequestData request) {
        CompletableFuture<Answer> answer = send(apis, request);
        assertThat(answer).isDone();
        if (answer.join() instanceof Answer.Fetched fetched) {
            return (FetchResponseData) fetched.reply().data();
        }
        return (FetchResponseData) ((Answer.Reply) answer.join()).body();
    }

    private CompletableFuture<Answer> send(ClientApis apis, FetchRequestData request) {
        AbstractRequest parsed = AbstractRequest.parseRequest(
                        ApiKeys.FETCH, VERSION, MessageUtil.toByteBufferAccessor(request, VERSION))
                .request;
        CompletableFuture<Answer> answer =
                apis.answer(new ApiCall(ApiKeys.FETCH, "test", parsed, records -> Unpooled.EMPTY_BUFFER));
        loop.runPending();
        return answer;
    }
}
