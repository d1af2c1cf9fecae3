package io.narrows.proxy.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;

/**
 * One incremental fetch session (KIP-227): what the client reads, and what it has last been told of each partition.
 * Owned by the event loop of the client's connection.
 */
final class FetchSession {
    private static final long NOTHING_TOLD = -1;

    final FetchSessions.Slot slot;
    final boolean usesTopicIds;
    private final Map<Key, Cached> partitions = new LinkedHashMap<>();
    private int nextEpoch = 1;

    /** Has an order, so that keys whose hashes a client has made equal are found fast. */
    private record Key(String topic, Uuid topicId, int partition) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::topic).thenComparing(Key::topicId).thenComparingInt(Key::partition);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    private static final class Cached {
        private FetchPartition asked;
        private long highWatermark = NOTHING_TOLD;
        private long logStartOffset = NOTHING_TOLD;

        private Cached(FetchPartition asked) {
            this.asked = asked;
        }
    }

    FetchSession(FetchSessions.Slot slot, boolean usesTopicIds, FetchRequestData first) {
        this.slot = slot;
        this.usesTopicIds = usesTopicIds;
        change(first);
    }

    int size() {
        return partitions.size();
    }

    /** The epoch of the request that may come next. */
    int nextEpoch() {
        return nextEpoch;
    }

    /** 1 follows the largest, because 0 opens a session. */
    void advance() {
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
    }

    /** Takes in what a request adds, changes and forgets. */
    void change(FetchRequestData request) {
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition partition : topic.partitions()) {
                Cached cached = partitions.computeIfAbsent(
                        new Key(topic.topic(), topic.topicId(), partition.partition()), key -> new Cached(partition));
                cached.asked = partition;
            }
        }
        request.forgottenTopicsData()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> partitions.remove(new Key(topic.topic(), topic.topicId(), partition))));
    }

    /** The same request with everything that the session reads. */
    FetchRequestData whole(FetchRequestData request) {
        FetchRequestData whole = new FetchRequestData()
                .setClusterId(request.clusterId())
                .setReplicaState(request.replicaState())
                .setReplicaId(request.replicaId())
                .setMaxWaitMs(request.maxWaitMs())
                .setMinBytes(request.minBytes())
                .setMaxBytes(request.maxBytes())
                .setIsolationLevel(request.isolationLevel())
                .setRackId(request.rackId());
        Key last = null;
        FetchTopic topic = new FetchTopic();
        for (Map.Entry<Key, Cached> entry : partitions.entrySet()) {
            Key key = entry.getKey();
            if (last == null
                    || !last.topic().equals(key.topic())
                    || !last.topicId().equals(key.topicId())) {
                topic = new FetchTopic().setTopic(key.topic()).setTopicId(key.topicId());
                whole.topics().add(topic);
                last = key;
            }
            topic.partitions().add(entry.getValue().asked);
        }
        return whole;
    }

    /** Notes what the client is told by the first response, which names everything. */
    void told(FetchResponseData response) {
        for (FetchableTopicResponse topic : response.responses()) {
            topic.partitions().forEach(data -> {
                boolean unused = isNews(topic, data);
            });
        }
        response.setSessionId(slot.id);
    }

    /** Leaves in a response what the client does not know, and sends those with records to the end of the line. */
    void tellNews(FetchResponseData response) {
        List<FetchableTopicResponse> kept = new ArrayList<>();
        for (FetchableTopicResponse topic : response.responses()) {
            List<PartitionData> news = new ArrayList<>();
            for (PartitionData data : topic.partitions()) {
                if (isNews(topic, data)) {
                    news.add(data);
                }
            }
            if (!news.isEmpty()) {
                kept.add(topic.setPartitions(news));
            }
        }
        response.setResponses(kept).setSessionId(slot.id);
    }

    private boolean isNews(FetchableTopicResponse topic, PartitionData data) {
        Key key = new Key(topic.topic(), topic.topicId(), data.partitionIndex());
        Cached cached = partitions.get(key);
        boolean error = data.errorCode() != Errors.NONE.code();
        boolean records = FetchResponse.recordsSize(data) > 0;
        if (cached == null) {
            // Forgotten while it was read.
            return error || records;
        }
        if (error) {
            // When it is over, that is news again.
            cached.highWatermark = NOTHING_TOLD;
            return true;
        }
        if (!records && data.highWatermark() == FetchResponse.INVALID_HIGH_WATERMARK) {
            // No broker was asked, or none responded in time.
            return false;
        }
        boolean news = records
                || cached.highWatermark != data.highWatermark()
                || cached.logStartOffset != data.logStartOffset()
                || FetchResponse.isDivergingEpoch(data);
        cached.highWatermark = data.highWatermark();
        cached.logStartOffset = data.logStartOffset();
        if (records) {
            partitions.remove(key);
            partitions.put(key, cached);
        }
        return news;
    }
}
