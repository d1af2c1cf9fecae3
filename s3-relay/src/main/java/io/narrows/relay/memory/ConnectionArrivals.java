package io.narrows.relay.memory;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests whose bytes are coming, oldest first. Without a rule several of them could fill the memory, each waiting
 * for what the others hold. The rule: what all but the oldest hold, and the whole of the largest, fit into the memory
 * together. So the oldest, whichever it is, comes to its end as soon as the complete requests have left, which they do by
 * themselves; and then another is the oldest. Owned by {@link ClientMemory}, under its lock.
 */
final class ConnectionArrivals {
    private final long memoryBytes;
    private final Set<ClientMemory.Arrival> byAge = new LinkedHashSet<>();
    private final TreeMap<Long, Integer> totals = new TreeMap<>();
    private long heldBytes;

    ConnectionArrivals(long memoryBytes) {
        this.memoryBytes = memoryBytes;
    }

    void add(ClientMemory.Arrival arrival) {
        byAge.add(arrival);
        totals.merge(arrival.totalBytes(), 1, Integer::sum);
    }

    /** One of them holds so much more, or less. */
    void grown(long bytes) {
        heldBytes += bytes;
    }

    /** With what it still holds. */
    void remove(ClientMemory.Arrival arrival) {
        if (byAge.remove(arrival)) {
            heldBytes -= arrival.heldBytes();
            totals.computeIfPresent(arrival.totalBytes(), (total, count) -> count == 1 ? null : count - 1);
        }
    }

    ClientMemory.@Nullable Arrival oldest() {
        Iterator<ClientMemory.Arrival> all = byAge.iterator();
        return all.hasNext() ? all.next() : null;
    }

    /** Also of one that has not entered, if it would be. */
    @SuppressWarnings("ReferenceEquality") // a request is equal to no other
    boolean isOldest(ClientMemory.Arrival arrival) {
        ClientMemory.Arrival oldest = oldest();
        return oldest == null || oldest == arrival;
    }

    /** Whether the rule holds after one that is not the oldest has taken so much more. */
    boolean leaveRoom(ClientMemory.Arrival arrival, long moreBytes) {
        ClientMemory.Arrival oldest = oldest();
        long besidesOldest = heldBytes - (oldest == null ? 0 : oldest.heldBytes()) + moreBytes;
        long largest = totals.isEmpty() ? 0 : totals.lastKey();
        return besidesOldest + Math.max(largest, arrival.totalBytes()) <= memoryBytes;
    }
}
