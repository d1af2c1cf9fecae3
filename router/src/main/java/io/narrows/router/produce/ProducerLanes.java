package io.narrows.router.produce;

import io.narrows.relay.rpc.ProduceContext;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.ProducerSequence;
import io.netty.util.collection.IntObjectHashMap;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntSupplier;

/**
 * The lanes of one producer, over all connections that it sends on: a partition moves to another node of the proxy with
 * its leader, hence to another connection, and its batches must stay in order (RFC 0002, rule P9). Owned by the router's
 * loop.
 */
final class ProducerLanes {
    private final LaneSource source;
    private final int laneMaxInFlight;
    private final Owner owner;
    private final Map<UUID, IntObjectHashMap<Lane>> lanes = new HashMap<>();

    /** By topic, the partitions that have had a batch of this producer, also when their lanes are forgotten. */
    private final Map<UUID, BitSet> begun = new HashMap<>();

    private int connections;

    /** Whose order is kept. */
    sealed interface Owner {
        /** Without the client's address, because a proxy or a network in between may have several. */
        record Producer(String principalType, String principalName, long producerId) implements Owner {}

        /** Batches without a producer id do not say whose they are. */
        record Client(String address, String principalType, String principalName, String clientId) implements Owner {}

        static Owner of(ProduceContext context, ProducerSequence producer) {
            return producer.isIdempotent()
                    ? new Producer(context.principalType(), context.principalName(), producer.producerId())
                    : client(context);
        }

        static Owner client(ProduceContext context) {
            return new Client(
                    context.clientAddress(), context.principalType(), context.principalName(), context.clientId());
        }
    }

    /** Makes lanes, on the router's loop. */
    interface LaneSource {
        /** Batches come for a topic, whose name may have had another id before. */
        void topicBegins(UUID topicId);

        /** A lane counts for the client id. */
        Lane newLane(UUID topicId, int partition, IntSupplier maxInFlight, String clientId);
    }

    /** {@code laneMaxInFlight}: what one producer may have in flight in a lane. */
    ProducerLanes(LaneSource source, int laneMaxInFlight, Owner owner) {
        this.source = source;
        this.laneMaxInFlight = laneMaxInFlight;
        this.owner = owner;
    }

    /** Another connection sends for this owner. */
    void joined() {
        connections++;
    }

    /** One of them is gone. */
    void left() {
        connections--;
    }

    /** Batches of several connections; then one may overtake another on its way to the loop. */
    boolean hasSeveralConnections() {
        return connections > 1;
    }

    /** Maximum number of batches in flight in a lane: a client may be as many producers as it has connections. */
    int maxInFlight() {
        return owner instanceof Owner.Client ? laneMaxInFlight * Math.max(1, connections) : laneMaxInFlight;
    }

    /** Whether the partition never had a batch of this owner while it was connected; from now on it has. */
    boolean begins(UUID topicId, int partition) {
        BitSet ofTopic = begun.computeIfAbsent(topicId, id -> new BitSet());
        boolean first = !ofTopic.get(partition);
        ofTopic.set(partition);
        return first;
    }

    /** A lane counts for the client id of the request that began it: a producer has one id. */
    Lane lane(UUID topicId, int partition, String clientId) {
        if (!lanes.containsKey(topicId)) {
            source.topicBegins(topicId);
        }
        IntObjectHashMap<Lane> ofTopic = lanes.computeIfAbsent(topicId, id -> new IntObjectHashMap<>(4));
        Lane lane = ofTopic.get(partition);
        if (lane == null) {
            lane = source.newLane(topicId, partition, this::maxInFlight, clientId);
            ofTopic.put(partition, lane);
        }
        return lane;
    }

    /** The topic's name belongs to another id: its lanes are for that one, with what they hold. */
    void topicReplaced(UUID oldId, UUID newId) {
        IntObjectHashMap<Lane> old = lanes.remove(oldId);
        BitSet had = begun.remove(oldId);
        if (had != null) {
            begun.computeIfAbsent(newId, id -> new BitSet()).or(had);
        }
        if (old == null) {
            return;
        }
        IntObjectHashMap<Lane> ofNew = lanes.computeIfAbsent(newId, id -> new IntObjectHashMap<>(4));
        IntObjectHashMap<Lane> left = new IntObjectHashMap<>(1);
        old.forEach((partition, lane) -> {
            Lane there = ofNew.putIfAbsent(partition, lane);
            if (there == null) {
                lane.onTopicReplaced(newId);
            } else {
                left.put(partition, lane);
            }
        });
        if (!left.isEmpty()) {
            lanes.put(oldId, left);
        }
    }

    void collectTopicIds(Set<UUID> ids) {
        ids.addAll(lanes.keySet());
    }

    int laneCount() {
        int count = 0;
        for (IntObjectHashMap<Lane> ofTopic : lanes.values()) {
            count += ofTopic.size();
        }
        return count;
    }

    /** Forgets lanes that were not used since; a leader has forgotten them too, or will. */
    void forgetIdle(long unusedSince) {
        lanes.values().removeIf(ofTopic -> {
            ofTopic.values().removeIf(lane -> lane.isIdle() && lane.usedAt() - unusedSince < 0);
            return ofTopic.isEmpty();
        });
    }

    /** Whether no client sends for it any more and nothing is in flight. */
    boolean isOver() {
        return connections == 0
                && lanes.values().stream()
                        .allMatch(ofTopic -> ofTopic.values().stream().allMatch(Lane::isIdle));
    }
}
