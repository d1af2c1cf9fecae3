package io.narrows.router.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.policy.PathMode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A topic is deleted, and another one gets its name, while clients send (RFC 0002, rule P10). */
class RecreatedTopicTest {
    private static final long MS = ThreeZones.MS;
    private static final UUID AGAIN = new UUID(7, 7);
    private static final int PARTITION = 1;

    @AutoClose
    private final ThreeZones zones = new ThreeZones();

    private static ProduceContext context(int version) {
        return new ProduceContext((short) -1, 5_000, (short) version, null, "User", "alice", "client", "10.0.0.1");
    }

    private static void hasError(CompletableFuture<List<BatchOutcome>> answer, Errors error) {
        assertThat(answer).isCompletedWithValueMatching(list -> list.get(0).errorCode() == error.code());
    }

    private void createAgain() {
        zones.topicId = AGAIN;
    }

    @Test
    void aBatchOfAClientThatNamesTheTopicIsAppendedToTheNewOne() {
        zones.open(PathMode.AUTO);
        ProduceConnection client = zones.router.connect();
        var before = zones.produce(client, context(12), PARTITION, 1_000, 0);
        zones.loop.advance(100 * MS);
        createAgain();
        var after = zones.produce(client, context(12), PARTITION, 1_001, 1);
        zones.loop.advance(1_000 * MS);
        hasError(before, Errors.NONE);
        hasError(after, Errors.NONE);
        assertThat(zones.appended.get(AGAIN)).containsExactly(1_001);
    }

    @Test
    void aBatchOfAClientThatNamesTheIdIsRefusedAsTheIdIsUnknown() {
        zones.open(PathMode.AUTO);
        ProduceConnection client = zones.router.connect();
        zones.produce(client, context(13), PARTITION, 1_000, 0);
        zones.loop.advance(100 * MS);
        createAgain();
        var after = zones.produce(client, context(13), PARTITION, 1_001, 1);
        zones.loop.advance(1_000 * MS);
        hasError(after, Errors.UNKNOWN_TOPIC_ID);
        assertThat(zones.appended).doesNotContainKey(AGAIN);
    }

    @Test
    void whileThereIsNoTopicOfTheNameTheErrorIsThatOfABroker() {
        zones.open(PathMode.AUTO);
        ProduceConnection client = zones.router.connect();
        zones.produce(client, context(12), PARTITION, 1_000, 0);
        zones.loop.advance(100 * MS);
        zones.topicId = null;
        var gone = zones.produce(client, context(12), PARTITION, 1_001, 1);
        zones.loop.advance(1_000 * MS);
        hasError(gone, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void batchesStayInOrderWhicheverIdTheirSessionsHaveSeen() {
        zones.slowPartitions.add(PARTITION);
        zones.open(PathMode.AUTO);
        ProduceConnection one = zones.router.connect();
        ProduceConnection other = zones.router.connect();
        List<CompletableFuture<List<BatchOutcome>>> answers = new ArrayList<>();
        zones.produce(one, context(12), PARTITION, 1_000, 0);
        zones.loop.advance(100 * MS);
        createAgain();
        // Two are with the old leader, which refuses them late; meanwhile the topology hears of the new topic.
        answers.add(zones.produce(one, context(12), PARTITION, 1_001, 1));
        answers.add(zones.produce(one, context(12), PARTITION, 1_002, 2));
        zones.loop.advance(20 * MS);
        zones.slowPartitions.clear();
        zones.knownTopicId = AGAIN;
        answers.add(zones.produce(one, context(12), PARTITION, 1_003, 3));
        // A session that looked before that.
        answers.add(zones.produceTo(ThreeZones.TOPIC, other, context(12), PARTITION, 1_004, 4));
        zones.loop.advance(4_000 * MS);
        answers.forEach(answer -> hasError(answer, Errors.NONE));
        assertThat(zones.appended.get(AGAIN)).containsExactly(1_001, 1_002, 1_003, 1_004);
    }

    @Test
    void whatIsInAnObjectOfTheOldTopicGoesAsBytes() {
        zones.open(PathMode.STAGED);
        ProduceConnection client = zones.router.connect();
        zones.produce(client, context(12), PARTITION, 1_000, 0);
        zones.loop.advance(1_000 * MS);
        zones.produce(client, context(12), PARTITION, 1_001, 1);
        zones.loop.advance(1 * MS);
        createAgain();
        zones.loop.advance(2_000 * MS);
        assertThat(zones.appended.get(AGAIN)).containsExactly(1_001);
        assertThat(zones.frames.get(zones.frames.size() - 1).groups().get(0).entries())
                .allMatch(entry -> entry.topicId().equals(AGAIN) && entry.pointer() == null);
    }
}
