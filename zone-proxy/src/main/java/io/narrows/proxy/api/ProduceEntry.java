package io.narrows.proxy.api;

import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.TopicView;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/** One partition of one Produce request; {@code topicIndex} is its topic's place in the request. */
record ProduceEntry(int topicIndex, TopicProduceData topic, PartitionProduceData partition) {
    private static final long NO_OFFSET = -1;

    boolean namesTopicById() {
        return !topic.topicId().equals(Uuid.ZERO_UUID);
    }

    UUID topicId() {
        return new UUID(
                topic.topicId().getMostSignificantBits(), topic.topicId().getLeastSignificantBits());
    }

    /** The topic if the view has it and the partition. */
    @Nullable
    TopicView find(ClusterView view) {
        TopicView found = namesTopicById()
                ? view.topicsById().get(topicId())
                : view.topicsByName().get(topic.name());
        int index = partition.index();
        return found == null || index < 0 || index >= found.partitions().size() ? null : found;
    }

    /** What a broker says of a partition it does not know, once the view is fresh. */
    Errors unknown(ClusterView view) {
        boolean topicKnown = !namesTopicById() || view.topicsById().containsKey(topicId());
        return topicKnown ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.UNKNOWN_TOPIC_ID;
    }

    static BatchOutcome refused(Errors error) {
        return refused(error, RecordBatch.NO_PARTITION_LEADER_EPOCH);
    }

    /** With an epoch, NOT_LEADER_OR_FOLLOWER comes with a hint. */
    static BatchOutcome refused(Errors error, int leaderEpoch) {
        return new BatchOutcome(
                error.code(),
                NO_OFFSET,
                RecordBatch.NO_TIMESTAMP,
                NO_OFFSET,
                0,
                leaderEpoch,
                error.message(),
                List.of());
    }
}
