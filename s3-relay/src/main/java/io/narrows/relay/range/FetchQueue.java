package io.narrows.relay.range;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The GETs of a reader: those that wait, reads before prefetches, and those under way, within the bounds on number and
 * bytes. Not thread-safe: guarded by {@link PendingRanges}.
 */
final class FetchQueue {
    private final RangeReaderLimits limits;
    private final ArrayDeque<Fetch> reads = new ArrayDeque<>();
    private final ArrayDeque<Fetch> prefetches = new ArrayDeque<>();
    private final Map<ObjectName, List<Fetch>> joinResult = new HashMap<>();
    private int inFlight;
    private int prefetchesInFlight;
    private long inFlightBytes;

    FetchQueue(RangeReaderLimits limits) {
        this.limits = limits;
    }

    /** Takes the flight along on a GET of its object that has not landed yet. */
    boolean board(PendingRange pendingRange) {
        for (Fetch fetch : joinResult.getOrDefault(pendingRange.pointer.object(), List.of())) {
            if (fetch.board(pendingRange, limits.coalescing())) {
                if (pendingRange.isAwaited()) {
                    hurry(fetch);
                }
                return true;
            }
        }
        return false;
    }

    /** Somebody waits for this flight now: its GET goes before prefetches. */
    void hurry(PendingRange pendingRange) {
        for (Fetch fetch : joinResult.getOrDefault(pendingRange.pointer.object(), List.of())) {
            if (fetch.prefetch && fetch.pendingRanges.contains(pendingRange)) {
                hurry(fetch);
                return;
            }
        }
    }

    /** False when too many GETs wait already. */
    boolean add(Fetch fetch) {
        int waiting = reads.size() + prefetches.size();
        boolean startsAtOnce = waiting == 0 && mayStart(fetch);
        if (waiting >= limits.queuedGets() && !startsAtOnce) {
            return false;
        }
        (fetch.prefetch ? prefetches : reads).add(fetch);
        joinResult.computeIfAbsent(fetch.object, object -> new ArrayList<>(1)).add(fetch);
        return true;
    }

    boolean isFull() {
        return reads.size() + prefetches.size() >= limits.queuedGets();
    }

    /** Forgets waiting GETs for which nobody waits any more. */
    void dropAbandoned(List<PendingRange> abandoned) {
        boolean unused = reads.removeIf(fetch -> {
            boolean drop = fetch.isAbandoned();
            if (drop) {
                stopBoarding(fetch);
                abandoned.addAll(fetch.pendingRanges);
            }
            return drop;
        });
    }

    /** The next GET to start, or null. PendingRanges for which nobody waits any more are dropped into {@code abandoned}. */
    @Nullable
    Fetch start(List<PendingRange> abandoned) {
        for (Fetch head = reads.peek(); head != null && head.isAbandoned(); head = reads.peek()) {
            reads.remove();
            stopBoarding(head);
            abandoned.addAll(head.pendingRanges);
        }
        ArrayDeque<Fetch> queue = reads.isEmpty() ? prefetches : reads;
        Fetch next = queue.peek();
        if (next == null) {
            return null;
        }
        next.dropAbandoned(abandoned);
        if (!mayStart(next)) {
            return null;
        }
        queue.remove();
        next.started = true;
        inFlight++;
        inFlightBytes += next.length();
        if (next.prefetch) {
            prefetchesInFlight++;
        }
        return next;
    }

    /** Ends boarding; the bytes count until {@link #freed}. */
    void landed(Fetch fetch) {
        inFlight--;
        if (fetch.prefetch) {
            prefetchesInFlight--;
        }
        stopBoarding(fetch);
    }

    void freed(Fetch fetch) {
        inFlightBytes -= fetch.length();
    }

    long inFlightBytes() {
        return inFlightBytes;
    }

    /** Forgets what waits. */
    void clear() {
        reads.clear();
        prefetches.clear();
        joinResult.clear();
    }

    private void stopBoarding(Fetch fetch) {
        List<Fetch> sameObject = joinResult.get(fetch.object);
        if (sameObject != null && sameObject.remove(fetch) && sameObject.isEmpty()) {
            joinResult.remove(fetch.object);
        }
    }

    private void hurry(Fetch fetch) {
        if (fetch.prefetch && !fetch.started) {
            fetch.prefetch = false;
            prefetches.remove(fetch);
            reads.add(fetch);
        }
    }

    private boolean mayStart(Fetch fetch) {
        int prefetchShare = limits.getsInFlight() - limits.getsInFlight() / 4;
        return inFlight < limits.getsInFlight()
                && (!fetch.prefetch || prefetchesInFlight < prefetchShare)
                && (inFlightBytes == 0 || inFlightBytes + fetch.length() <= limits.inFlightBytes());
    }
}
