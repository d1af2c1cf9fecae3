package io.narrows.proxy.share;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A client's share session on one connection. Brokers know it under a member id of its own, because they have one
 * session per member, and a client has one on each of its connections to the proxy. Owned by the fetcher's loop.
 */
final class ShareSession {
    final String groupId;
    final String memberId;
    final String upstreamMemberId;
    final Set<ShareKey> partitions = new LinkedHashSet<>();
    final Map<Integer, BrokerShare> brokers = new LinkedHashMap<>();
    private final Map<ShareKey, BrokerShare> sources = new HashMap<>();
    private int nextEpoch = 1;
    int turn;

    /** Of its partitions in the capacity of all clients. */
    int counted;

    /** What a topic that is not in the view is answered with: depends on the last look-up. */
    Errors unknownTopic = Errors.UNKNOWN_TOPIC_ID;

    ShareSession(String groupId, String memberId, String upstreamMemberId) {
        this.groupId = groupId;
        this.memberId = memberId;
        this.upstreamMemberId = upstreamMemberId;
    }

    boolean isOf(@Nullable String group, @Nullable String member) {
        return groupId.equals(group) && memberId.equals(member);
    }

    int nextEpoch() {
        return nextEpoch;
    }

    void advance() {
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
    }

    /** Takes in what a request adds, then what it forgets. */
    void change(ShareFetchRequestData request) {
        request.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition ->
                                partitions.add(new ShareKey(topic.topicId(), partition.partitionIndex()))));
        request.forgottenTopicsData()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> partitions.remove(new ShareKey(topic.topicId(), partition))));
    }

    BrokerShare broker(int brokerId) {
        return brokers.computeIfAbsent(brokerId, BrokerShare::new);
    }

    /** The client gets records of the partition from this broker. */
    void gets(ShareKey key, BrokerShare from) {
        sources.put(key, from);
    }

    /** The broker that the client has last got the partition's records from; null if it has forgotten us. */
    @Nullable
    BrokerShare source(ShareKey key) {
        BrokerShare source = sources.get(key);
        return source == null || !source.isOpen() ? null : source;
    }
}
