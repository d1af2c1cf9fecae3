package io.narrows.router.topology;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** How what a broker or a leader says changes the view: pure functions from view to view. */
final class MetadataMerge {
    private MetadataMerge() {}

    /**
     * The view after a Metadata response. Topics the broker does not know leave it; a topic with another error stays as
     * it was; a partition's leader changes only with an epoch at least as new, because brokers may be behind.
     */
    static ClusterView merge(ClusterView view, MetadataResponseData response, RelayEndpoints relays) {
        ClusterView merged = view;
        for (MetadataResponseData.MetadataResponseTopic topic : response.topics()) {
            Errors error = Errors.forCode(topic.errorCode());
            if (error == Errors.UNKNOWN_TOPIC_OR_PARTITION || error == Errors.UNKNOWN_TOPIC_ID) {
                merged = without(merged, topic);
            } else if (usable(error, topic)) {
                merged = merged.with(topicView(topic, merged.topicsByName().get(topic.name())));
            }
        }
        String clusterId = response.clusterId() == null ? view.clusterId() : response.clusterId();
        return merged.in(clusterId, response.controllerId(), brokers(response, relays));
    }

    /** The view in which the partition, which is in the view, has this leader. */
    static ClusterView withLeader(ClusterView view, UUID topicId, PartitionView leader) {
        TopicView topic = Objects.requireNonNull(view.topicsById().get(topicId), "a topic in the view");
        PartitionView[] partitions = topic.partitions().toArray(PartitionView[]::new);
        partitions[leader.partition()] = leader;
        return view.with(new TopicView(topic.name(), topic.id(), List.of(partitions)));
    }

    /** The view without these topics. */
    static ClusterView without(ClusterView view, Collection<String> names) {
        ClusterView left = view;
        for (String name : names) {
            left = left.without(name);
        }
        return left;
    }

    /** The view with the relay endpoints as they are known now. */
    static ClusterView withRelays(ClusterView view, RelayEndpoints relays) {
        Map<Integer, Broker> brokers = new HashMap<>();
        view.brokers()
                .forEach((id, broker) -> brokers.put(
                        id, new Broker(id, broker.host(), broker.port(), broker.zone(), relays.endpoint(id))));
        return view.in(view.clusterId(), view.controllerId(), brokers);
    }

    static UUID toUuid(Uuid id) {
        return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    static Uuid toKafka(UUID id) {
        return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    private static boolean usable(Errors error, MetadataResponseData.MetadataResponseTopic topic) {
        return (error == Errors.NONE || error == Errors.LEADER_NOT_AVAILABLE)
                && topic.name() != null
                && !topic.topicId().equals(Uuid.ZERO_UUID)
                && !topic.partitions().isEmpty();
    }

    private static ClusterView without(ClusterView view, MetadataResponseData.MetadataResponseTopic topic) {
        TopicView known = view.topicsById().get(toUuid(topic.topicId()));
        String name = known == null ? topic.name() : known.name();
        return name == null ? view : view.without(name);
    }

    private static TopicView topicView(MetadataResponseData.MetadataResponseTopic topic, @Nullable TopicView known) {
        UUID id = toUuid(topic.topicId());
        List<PartitionView> before = known != null && known.id().equals(id) ? known.partitions() : List.of();
        PartitionView[] partitions = new PartitionView[topic.partitions().size()];
        Arrays.setAll(partitions, index -> new PartitionView(index, -1, -1));
        for (MetadataResponseData.MetadataResponsePartition partition : topic.partitions()) {
            int index = partition.partitionIndex();
            if (index < 0 || index >= partitions.length) {
                continue;
            }
            PartitionView now =
                    new PartitionView(index, partition.leaderId(), partition.leaderEpoch(), partition.isrNodes());
            boolean older = index < before.size() && before.get(index).leaderEpoch() > now.leaderEpoch();
            partitions[index] = older ? before.get(index) : now;
        }
        return new TopicView(topic.name(), id, List.of(partitions));
    }

    private static Map<Integer, Broker> brokers(MetadataResponseData response, RelayEndpoints relays) {
        Map<Integer, Broker> brokers = new HashMap<>();
        for (MetadataResponseData.MetadataResponseBroker broker : response.brokers()) {
            String zone = broker.rack() == null ? "" : broker.rack();
            int id = broker.nodeId();
            brokers.put(id, new Broker(id, broker.host(), broker.port(), zone, relays.endpoint(id)));
        }
        return brokers;
    }
}
