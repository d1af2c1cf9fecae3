package io.narrows.proxy.api;

import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.TopicView;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * One partition of one Produce request; {@code topicIndex} is its topic's place in the request. Whether the topic is named
 * by its id depends on the version alone: the id of no topic, and the empty name, are unknown like others.
 */
record ProduceEntry(short version, int topicIndex, TopicProduceData topic, PartitionProduceData partition) {
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;
    private static final long NO_OFFSET = -1;

    /** Has an order, so that places whose hashes a client has made equal are found fast. */
    private record Place(String name, Uuid id, int partition) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparing(Place::name).thenComparing(Place::id).thenComparingInt(Place::partition);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    /** In the order of the request. Of a partition that is there twice, a broker takes and answers the last one. */
    static List<ProduceEntry> of(ApiCall call) {
        Map<Place, ProduceEntry> entries = new LinkedHashMap<>();
        int topicIndex = 0;
        for (TopicProduceData topic : ((ProduceRequestData) call.message()).topicData()) {
            for (PartitionProduceData partition : topic.partitionData()) {
                entries.put(
                        new Place(topic.name(), topic.topicId(), partition.index()),
                        new ProduceEntry(call.version(), topicIndex, topic, partition));
            }
            topicIndex++;
        }
        return List.copyOf(entries.values());
    }

    boolean namesTopicById() {
        return version >= FIRST_VERSION_WITH_TOPIC_IDS;
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

    /** Without a message: a broker sends one with errors of the log only. */
    static BatchOutcome refused(Errors error) {
        return refused(error, RecordBatch.NO_PARTITION_LEADER_EPOCH);
    }

    /** With an epoch, NOT_LEADER_OR_FOLLOWER comes with a hint. */
    static BatchOutcome refused(Errors error, int leaderEpoch) {
        return new BatchOutcome(
                error.code(), NO_OFFSET, RecordBatch.NO_TIMESTAMP, NO_OFFSET, 0, leaderEpoch, null, List.of());
    }
}
