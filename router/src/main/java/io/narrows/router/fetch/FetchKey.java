package io.narrows.router.fetch;

import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.TopicView;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.jspecify.annotations.Nullable;

/** A partition as a request names it: by topic name until version 12, by id from version 13 on. */
record FetchKey(String topic, Uuid topicId, int partition) {
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
