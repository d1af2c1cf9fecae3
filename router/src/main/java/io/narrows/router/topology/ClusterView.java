package io.narrows.router.topology;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An immutable snapshot of the cluster as the proxy knows it; only topics that someone asked for are in it. */
public record ClusterView(
        String clusterId,
        int controllerId,
        Map<Integer, Broker> brokers,
        Map<String, TopicView> topicsByName,
        Map<UUID, TopicView> topicsById) {
    public ClusterView {
        brokers = Map.copyOf(brokers);
        topicsByName = Map.copyOf(topicsByName);
        topicsById = Map.copyOf(topicsById);
    }

    public @Nullable PartitionView partition(UUID topicId, int partition) {
        TopicView topic = topicsById.get(topicId);
        return topic == null || partition < 0 || partition >= topic.partitions().size()
                ? null
                : topic.partitions().get(partition);
    }
}
