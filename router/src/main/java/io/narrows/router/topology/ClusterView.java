package io.narrows.router.topology;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * An immutable snapshot of the cluster as the proxy knows it; only topics that clients asked for are in it. Views share
 * what they have in common, so the next view costs what changed and not what there is.
 */
public record ClusterView(
        String clusterId,
        int controllerId,
        Map<Integer, Broker> brokers,
        PMap<String, TopicView> topicsByName,
        PMap<UUID, TopicView> topicsById) {
    /** The view of a proxy that has not heard of a cluster. */
    static final ClusterView EMPTY =
            new ClusterView("", -1, Map.of(), HashTreePMap.<String, TopicView>empty(), HashTreePMap.empty());

    public ClusterView {
        brokers = Map.copyOf(brokers);
    }

    /** A view of these topics. */
    public static ClusterView of(
            String clusterId, int controllerId, Map<Integer, Broker> brokers, Iterable<TopicView> topics) {
        ClusterView view = new ClusterView(
                clusterId, controllerId, brokers, HashTreePMap.<String, TopicView>empty(), HashTreePMap.empty());
        for (TopicView topic : topics) {
            view = view.with(topic);
        }
        return view;
    }

    /** This view with the topic, in place of one of its name. */
    ClusterView with(TopicView topic) {
        TopicView before = topicsByName.get(topic.name());
        if (topic.equals(before)) {
            return this;
        }
        PMap<UUID, TopicView> byId =
                before == null || before.id().equals(topic.id()) ? topicsById : topicsById.minus(before.id());
        return new ClusterView(
                clusterId, controllerId, brokers, topicsByName.plus(topic.name(), topic), byId.plus(topic.id(), topic));
    }

    /** This view without the topic of that name. */
    ClusterView without(String name) {
        TopicView before = topicsByName.get(name);
        return before == null
                ? this
                : new ClusterView(
                        clusterId, controllerId, brokers, topicsByName.minus(name), topicsById.minus(before.id()));
    }

    /** The same topics in a cluster of these brokers. */
    ClusterView in(String cluster, int controller, Map<Integer, Broker> now) {
        return cluster.equals(clusterId) && controller == controllerId && now.equals(brokers)
                ? this
                : new ClusterView(cluster, controller, now, topicsByName, topicsById);
    }

    public @Nullable PartitionView partition(UUID topicId, int partition) {
        TopicView topic = topicsById.get(topicId);
        return topic == null || partition < 0 || partition >= topic.partitions().size()
                ? null
                : topic.partitions().get(partition);
    }
}
