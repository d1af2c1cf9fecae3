package io.narrows.router.produce;

import io.netty.util.collection.IntObjectHashMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Which partitions have lately been elected another leader, and so have moved to another node of this proxy. One that has
 * come from another proxy has not. Owned by the router's loop.
 */
final class LeaderChanges {
    /** Clients hear of it with the age of their metadata, 5 minutes by default. */
    private static final long LATELY_NANOS = TimeUnit.MINUTES.toNanos(6);

    private final Map<UUID, IntObjectHashMap<Leadership>> leaders = new HashMap<>();

    /** {@code changed}: whether there was another leader before {@code since}. */
    private record Leadership(int leaderId, long since, boolean changed) {}

    /** A batch of the partition has come, which this broker leads now; -1: none. */
    boolean isRecent(UUID topicId, int partition, int leaderId, long now) {
        IntObjectHashMap<Leadership> ofTopic = leaders.computeIfAbsent(topicId, id -> new IntObjectHashMap<>(4));
        Leadership known = ofTopic.get(partition);
        if (known == null || (leaderId >= 0 && leaderId != known.leaderId())) {
            boolean changed = known != null && known.leaderId() >= 0;
            known = new Leadership(leaderId, now, changed);
            ofTopic.put(partition, known);
        }
        return known.changed() && now - known.since() < LATELY_NANOS;
    }

    void forgetAllBut(Set<UUID> topicIds) {
        leaders.keySet().retainAll(topicIds);
    }
}
