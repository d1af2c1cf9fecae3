package io.narrows.proxy.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopicCollection;
import org.apache.kafka.common.protocol.Errors;

/**
 * Metadata by many topic ids, in requests with few. Topics with ids that a broker does not know have no name in its
 * response, hence one hash in the table of Kafka's class: n * n * n steps for n of them, at the broker and here. Stateless.
 */
final class MetadataParts {
    static final int MAX_IDS = 200;

    private static final short FIRST_VERSION_WITH_IDS = 12;

    /** Spreads consecutive numbers over a table. */
    private static final int SPREAD = 0x9e3779b1;

    private MetadataParts() {}

    static boolean isLong(MetadataRequestData request) {
        return request.topics() != null && request.topics().size() > MAX_IDS;
    }

    /** The request itself, or each of its ids in one of several. If there are ids, a broker ignores names. */
    static List<MetadataRequestData> split(MetadataRequestData request, short version) {
        List<MetadataRequestTopic> topics = request.topics();
        if (topics == null || !isLong(request) || version < FIRST_VERSION_WITH_IDS) {
            return List.of(request);
        }
        Set<Uuid> ids = new LinkedHashSet<>();
        for (MetadataRequestTopic topic : topics) {
            ids.add(topic.topicId());
        }
        boolean unused = ids.remove(Uuid.ZERO_UUID);
        if (ids.isEmpty()) {
            return List.of(request);
        }
        List<MetadataRequestData> parts = new ArrayList<>();
        for (Uuid id : ids) {
            if (parts.isEmpty() || parts.get(parts.size() - 1).topics().size() == MAX_IDS) {
                parts.add(part(request));
            }
            parts.get(parts.size() - 1)
                    .topics()
                    .add(new MetadataRequestTopic().setTopicId(id).setName(null));
        }
        return parts;
    }

    private static MetadataRequestData part(MetadataRequestData whole) {
        return new MetadataRequestData()
                .setAllowAutoTopicCreation(whole.allowAutoTopicCreation())
                .setIncludeClusterAuthorizedOperations(whole.includeClusterAuthorizedOperations())
                .setIncludeTopicAuthorizedOperations(whole.includeTopicAuthorizedOperations())
                .setTopics(new ArrayList<>());
    }

    /** One response of all parts, of which there is at least one. Takes over the responses. */
    static MetadataResponseData merge(List<MetadataResponseData> parts) {
        MetadataResponseData last = parts.get(parts.size() - 1);
        if (parts.size() == 1) {
            return last;
        }
        List<MetadataResponseTopic> topics = new ArrayList<>();
        for (MetadataResponseData part : parts) {
            part.topics().forEach(topic -> topics.add(topic.duplicate()));
            last.setThrottleTimeMs(Math.max(last.throttleTimeMs(), part.throttleTimeMs()));
            if (last.errorCode() == Errors.NONE.code()) {
                last.setErrorCode(part.errorCode());
            }
        }
        return last.setTopics(table(topics));
    }

    /** In a table that does not grow, and where topics without a name are not next to each other. They are in no other. */
    static MetadataResponseTopicCollection table(Collection<MetadataResponseTopic> topics) {
        MetadataResponseTopicCollection table = new MetadataResponseTopicCollection(2 * topics.size() + 1);
        int number = 0;
        for (MetadataResponseTopic topic : topics) {
            String name = topic.name();
            table.mustAdd(name == null || name.isEmpty() ? new Unnamed(topic, SPREAD * number++) : topic);
        }
        return table;
    }

    /** Has a place of its own in the table. */
    private static final class Unnamed extends MetadataResponseTopic {
        private final int hash;

        private Unnamed(MetadataResponseTopic topic, int hash) {
            this.hash = hash;
            List<MetadataResponsePartition> partitions = topic.partitions();
            setErrorCode(topic.errorCode())
                    .setName(topic.name())
                    .setTopicId(topic.topicId())
                    .setIsInternal(topic.isInternal())
                    .setPartitions(partitions)
                    .setTopicAuthorizedOperations(topic.topicAuthorizedOperations());
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
