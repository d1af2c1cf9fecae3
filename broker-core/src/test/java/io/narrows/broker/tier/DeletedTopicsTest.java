package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DeletedTopicsTest {
    private final TierFixture tier = new TierFixture(0);
    private final DeletedTopics topics = new DeletedTopics(tier.services());
    private final Uuid topicId = tier.partition.topicId();

    @AfterEach
    void close() {
        tier.close();
    }

    /** The broker that saw the deletion is gone; a broker that never had a replica sweeps. */
    @Test
    void anySweepingBrokerDeletesTheSegmentsOfAMarkedTopic() throws Exception {
        segment(0);
        segment(100);
        topics.mark(topicId);

        new DeletedTopics(tier.services()).sweep();

        assertThat(tier.store.keys()).containsExactly(DeletedTopics.MARKS + topicId);
        assertThat(tier.count("narrows.tier.orphan.parts")).isEqualTo(4);
    }

    @Test
    void aMarkStaysUntilNoCopyCanBeUnderWayAnyMore() throws Exception {
        topics.mark(topicId);
        topics.sweep();
        assertThat(tier.store.keys()).hasSize(1);
        segment(200);
        tier.advance();

        topics.sweep();
        assertThat(tier.store.keys()).containsExactly(DeletedTopics.MARKS + topicId);
        topics.sweep();
        assertThat(tier.store.keys()).isEmpty();
    }

    @Test
    void aTopicWithoutAMarkIsLeftAloneThoughNoMetadataNamesIt() throws Exception {
        segment(0);
        topics.mark(Uuid.randomUuid());
        tier.advance();

        topics.sweep();

        assertThat(tier.store.keys()).hasSize(2).allMatch(key -> key.startsWith("seg/"));
    }

    @Test
    void aKeyThatIsNoMarkDeletesNothing() throws Exception {
        segment(0);
        tier.put(DeletedTopics.MARKS + Uuid.ZERO_UUID);
        tier.put(DeletedTopics.MARKS);
        tier.put(DeletedTopics.MARKS + "..");
        tier.advance();

        topics.sweep();

        assertThat(tier.store.keys()).hasSize(5);
    }

    private void segment(long offset) {
        var unused = tier.segment(offset, 1, RemoteLogSegmentState.COPY_SEGMENT_FINISHED);
    }
}
