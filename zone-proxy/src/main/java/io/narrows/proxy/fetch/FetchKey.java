package io.narrows.proxy.fetch;

import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.TopicView;
import java.util.Comparator;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.jspecify.annotations.Nullable;

/**
 * A partition as a request names it: by topic name until version 12, by id from version 13 on. Has an order, so that a map
 * of keys whose hashes a client has made equal stays fast.
 */
record FetchKey(String topic, Uuid topicId, int partition) implements Comparable<FetchKey> {
    private static final Comparator<FetchKey> ORDER = Comparator.comparing(FetchKey::topic)
            .thenComparing(FetchKey::topicId)
            .thenComparingInt(FetchKey::partition);

    @Override
    public int compareTo(FetchKey other) {
        return ORDER.compare(this, other);
    }

    static FetchKey of(FetchTopic topic, int partition) {
        return new FetchKey(topic.topic(), topic.topicId(), partition);
    }

    static FetchKey of(FetchableTopicResponse topic, int partition) {
        return new FetchKey(topic.topic(), topic.topicId(), partition);
    }

    boolean isById() {
        return !topicId.equals(Uuid.ZERO_UUID);
    }

    UUID id() {
        return new UUID(topicId.getMostSignificantBits(), topicId.getLeastSignificantBits());
    }

    @Nullable
    TopicView find(ClusterView view) {
        return isById() ? view.topicsById().get(id()) : view.topicsByName().get(topic);
    }
}
