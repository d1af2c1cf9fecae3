package io.narrows.relay.range;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The GETs of a reader: those that wait, reads before prefetches, and those in flight, within the bounds on number and
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

    /** Adds the range to a GET of its object that has not ended yet. */
    boolean join(PendingRange pendingRange) {
        for (Fetch fetch : joinResult.getOrDefault(pendingRange.pointer.object(), List.of())) {
            if (fetch.join(pendingRange, limits.coalescing())) {
                if (pendingRange.isAwaited()) {
                    promote(fetch);
                }
                return true;
            }
        }
        return false;
    }

    /** A reader waits for this range now: its GET goes before prefetches. */
    void promote(PendingRange pendingRange) {
        for (Fetch fetch : joinResult.getOrDefault(pendingRange.pointer.object(), List.of())) {
            if (fetch.prefetch && fetch.pendingRanges.contains(pendingRange)) {
                promote(fetch);
                return;
            }
        }
    }

    /** False when too many GETs wait already. */
    boolean add(Fetch fetch) {
        int waiting = reads.size() + prefetches.size();
        boolean startsNow = waiting == 0 && mayStart(fetch);
        if (waiting >= limits.queuedGets() && !startsNow) {
            return false;
        }
        (fetch.prefetch ? prefetches : reads).add(fetch);
        joinResult.computeIfAbsent(fetch.object, object -> new ArrayList<>(1)).add(fetch);
        return true;
    }

    boolean isFull() {
        return reads.size() + prefetches.size() >= limits.queuedGets();
    }

    /** Forgets queued GETs without a waiting reader. */
    void dropAbandoned(List<PendingRange> abandoned) {
        boolean unused = reads.removeIf(fetch -> {
            boolean drop = fetch.isAbandoned();
            if (drop) {
                stopJoining(fetch);
                abandoned.addAll(fetch.pendingRanges);
            }
            return drop;
        });
    }

    /** The next GET to start, or null. Ranges without a waiting reader are dropped into {@code abandoned}. */
    @Nullable
    Fetch start(List<PendingRange> abandoned) {
        for (Fetch head = reads.peek(); head != null && head.isAbandoned(); head = reads.peek()) {
            reads.remove();
            stopJoining(head);
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
    void ended(Fetch fetch) {
        inFlight--;
        if (fetch.prefetch) {
            prefetchesInFlight--;
        }
        stopJoining(fetch);
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

    private void stopJoining(Fetch fetch) {
        List<Fetch> sameObject = joinResult.get(fetch.object);
        if (sameObject != null && sameObject.remove(fetch) && sameObject.isEmpty()) {
            joinResult.remove(fetch.object);
        }
    }

    private void promote(Fetch fetch) {
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
