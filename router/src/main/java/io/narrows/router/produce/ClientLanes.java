package io.narrows.router.produce;

import io.narrows.router.lane.Lane;
import io.netty.util.collection.IntObjectHashMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The lanes of one client connection. {@link #produce} and {@link #close} are called by the session and only hand over;
 * everything else is owned by the router's loop.
 */
final class ClientLanes implements ProduceConnection {
    private final RouterCore core;
    private final Map<UUID, IntObjectHashMap<Lane>> lanes = new HashMap<>();

    ClientLanes(RouterCore core) {
        this.core = core;
    }

    @Override
    public CompletableFuture<List<BatchOutcome>> produce(ProduceCall call) {
        PendingCall pending = new PendingCall(this, call, core.now());
        core.reserve(call);
        core.handOver(pending);
        return pending.future();
    }

    @Override
    public void close() {
        core.handOver(() -> core.forget(this));
    }

    void accept(PendingCall pending) {
        core.accept(this, pending);
    }

    /** A lane counts for the client id of the request that began it: a connection has one id. */
    Lane lane(UUID topicId, int partition, String clientId) {
        IntObjectHashMap<Lane> ofTopic = lanes.computeIfAbsent(topicId, id -> new IntObjectHashMap<>(4));
        Lane lane = ofTopic.get(partition);
        if (lane == null) {
            lane = core.newLane(topicId, partition, clientId);
            ofTopic.put(partition, lane);
        }
        return lane;
    }

    int laneCount() {
        int count = 0;
        for (IntObjectHashMap<Lane> ofTopic : lanes.values()) {
            count += ofTopic.size();
        }
        return count;
    }

    /** Forgets lanes that nobody has used since; a leader has forgotten them too, or will. */
    void forgetIdle(long unusedSince) {
        lanes.values().removeIf(ofTopic -> {
            ofTopic.values().removeIf(lane -> lane.isIdle() && lane.usedAt() - unusedSince < 0);
            return ofTopic.isEmpty();
        });
    }
}
