package io.narrows.proxy.api;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Which incremental fetch sessions (KIP-227) of all clients exist: at most a number of them with a number of partitions
 * together, as in a broker's cache. When it is full, a new session evicts one that has not been used for two
 * minutes, or of the smallest that is older than that and no larger; otherwise none, and sends full requests. Any
 * thread; what is in a session belongs to its connection.
 */
final class FetchSessions {
    private static final long EVICTION_NANOS = TimeUnit.MINUTES.toNanos(2);

    /** So many partitions on average: then a full cache is a few tens of MiB. */
    private static final int PARTITIONS_PER_SLOT = 200;

    private final int slots;
    private final long maxPartitions;
    private final Random random;
    private final Map<Integer, Slot> taken = new HashMap<>();
    private long partitions;
    private long evictions;

    /** The right to a session. */
    static final class Slot {
        final int id;
        private final long createdNanos;
        private int size;
        private long usedNanos;
        private volatile boolean evicted;

        private Slot(int id, int size, long nowNanos) {
            this.id = id;
            this.size = size;
            this.createdNanos = nowNanos;
            this.usedNanos = nowNanos;
        }

        /** The session is over: its client will be told so when it asks. */
        boolean isEvicted() {
            return evicted;
        }
    }

    /** {@code random} makes ids that an old client does not meet again by chance. */
    FetchSessions(int slots, Random random) {
        this.slots = slots;
        this.maxPartitions = (long) slots * PARTITIONS_PER_SLOT;
        this.random = random;
    }

    synchronized Optional<Slot> maybeTake(int size, long nowNanos) {
        if (!hasRoom(size) && !maybeEvict(size, nowNanos)) {
            return Optional.empty();
        }
        int id;
        do {
            id = random.nextInt(1, Integer.MAX_VALUE);
        } while (taken.containsKey(id));
        Slot slot = new Slot(id, size, nowNanos);
        taken.put(id, slot);
        partitions += size;
        return Optional.of(slot);
    }

    private boolean hasRoom(int more) {
        return taken.size() < slots && partitions + more <= maxPartitions;
    }

    private boolean maybeEvict(int size, long nowNanos) {
        Optional<Slot> stale = taken.values().stream()
                .filter(slot -> nowNanos - slot.usedNanos > EVICTION_NANOS)
                .min(Comparator.comparingLong(slot -> slot.usedNanos - nowNanos));
        Optional<Slot> victim = stale.isPresent()
                ? stale
                : taken.values().stream()
                        .filter(slot -> nowNanos - slot.createdNanos > EVICTION_NANOS && slot.size <= size)
                        .min(Comparator.comparingInt(slot -> slot.size));
        victim.ifPresent(slot -> {
            evictions++;
            giveBack(slot);
        });
        return victim.isPresent() && hasRoom(size);
    }

    /** The session was used and has this size now. False if it is over, or too large to go on. */
    synchronized boolean touch(Slot slot, int size, long nowNanos) {
        if (slot.evicted) {
            return false;
        }
        partitions += size - slot.size;
        slot.size = size;
        slot.usedNanos = nowNanos;
        if (partitions > maxPartitions) {
            giveBack(slot);
            return false;
        }
        return true;
    }

    synchronized void giveBack(Slot slot) {
        if (taken.remove(slot.id, slot)) {
            partitions -= slot.size;
            slot.evicted = true;
        }
    }

    synchronized int count() {
        return taken.size();
    }

    synchronized long partitions() {
        return partitions;
    }

    synchronized long evictions() {
        return evictions;
    }
}
