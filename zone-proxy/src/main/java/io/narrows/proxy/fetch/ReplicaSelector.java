package io.narrows.proxy.fetch;

import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where partitions are read: at the in-sync replica in the proxy's zone unless it is to be avoided, otherwise at the
 * leader. Owned by the fetcher's loop.
 */
final class ReplicaSelector {
    private final String zone;
    private final Map<FetchKey, Avoided> avoided = new HashMap<>();
    private final Map<FetchKey, Preferred> preferred = new HashMap<>();

    /** Who is read from, and whether it is the leader. */
    record Route(int brokerId, Role role) {}

    enum Role {
        LEADER,
        FOLLOWER
    }

    private record Preferred(int brokerId, long untilNanos) {}

    private record Avoided(long untilNanos, long forNanos) {}

    ReplicaSelector(String zone) {
        this.zone = zone;
    }

    /** Null when the partition has no leader that is known, nor another replica to read from. */
    @Nullable
    Route route(FetchKey key, PartitionView partition, ClusterView view, long nowNanos) {
        Integer follower = isAvoided(key, nowNanos) ? null : follower(key, partition, view, nowNanos);
        if (follower != null && follower != partition.leaderId()) {
            return new Route(follower, Role.FOLLOWER);
        }
        return view.brokers().containsKey(partition.leaderId()) ? new Route(partition.leaderId(), Role.LEADER) : null;
    }

    private @Nullable Integer follower(FetchKey key, PartitionView partition, ClusterView view, long nowNanos) {
        Preferred hint = preferred.get(key);
        if (hint != null && hint.untilNanos() - nowNanos > 0 && view.brokers().containsKey(hint.brokerId())) {
            return hint.brokerId();
        }
        if (isHere(view.brokers().get(partition.leaderId()))) {
            return null;
        }
        List<Integer> here = partition.inSyncIds().stream()
                .filter(id -> isHere(view.brokers().get(id)))
                .toList();
        return here.isEmpty() ? null : here.get(Math.floorMod(partition.partition(), here.size()));
    }

    /** Whether the broker is in the proxy's zone. */
    boolean isHere(@Nullable Broker broker) {
        return broker != null && !zone.isEmpty() && broker.zone().equals(zone);
    }

    private boolean isAvoided(FetchKey key, long nowNanos) {
        Avoided avoidance = avoided.get(key);
        return avoidance != null && avoidance.untilNanos() - nowNanos > 0;
    }

    /**
     * The leader is read from for a while: {@code firstNanos}, and each time twice as long, up to {@code mostNanos}, if the
     * follower is no better soon after that.
     */
    void avoidFollower(FetchKey key, long nowNanos, long firstNanos, long mostNanos) {
        Avoided last = avoided.get(key);
        long forNanos = firstNanos;
        if (last != null && nowNanos - last.untilNanos() < last.forNanos()) {
            forNanos = Math.min(mostNanos, Math.max(firstNanos, 2 * last.forNanos()));
        }
        avoided.put(key, new Avoided(nowNanos + forNanos, forNanos));
        preferred.remove(key);
    }

    /** The leader has named another replica to read from. False if followers are to be avoided. */
    boolean maybePrefer(FetchKey key, int brokerId, long nowNanos, long untilNanos) {
        if (isAvoided(key, nowNanos)) {
            return false;
        }
        preferred.put(key, new Preferred(brokerId, untilNanos));
        return true;
    }

    /** Forgets partitions that the client reads no more. */
    void keepOnly(Set<FetchKey> keys) {
        avoided.keySet().retainAll(keys);
        preferred.keySet().retainAll(keys);
    }
}
