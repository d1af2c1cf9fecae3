package io.narrows.relay.range;

import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One GET, queued or in flight, with the pending ranges that it covers. Until it ends, more ranges may join; while
 * it waits it may also grow. Guarded by {@link PendingRanges}.
 */
final class Fetch {
    final ObjectName object;
    final List<PendingRange> pendingRanges = new ArrayList<>();
    int from;
    int to;
    boolean started;
    /** Which queue and which share of the GETs it counts for. */
    boolean prefetch;
    /** Suspected to reach beyond the object's end, so nothing beside it may join. */
    private boolean alone;

    Fetch(PendingRange first) {
        object = first.pointer.object();
        from = first.pointer.position();
        to = first.pointer.end();
        prefetch = !first.isAwaited();
        pendingRanges.add(first);
    }

    /** A GET for this range alone. */
    static Fetch alone(PendingRange pendingRange) {
        Fetch fetch = new Fetch(pendingRange);
        fetch.alone = true;
        return fetch;
    }

    int length() {
        return to - from;
    }

    /** Adds the range when it is covered or, before the start, close by. */
    boolean join(PendingRange pendingRange, Coalescing coalescing) {
        StoredRange pointer = pendingRange.pointer;
        boolean covered = pointer.position() >= from && pointer.end() <= to;
        if (!covered && (started || alone || !mayGrow(pointer, coalescing))) {
            return false;
        }
        from = Math.min(from, pointer.position());
        to = Math.max(to, pointer.end());
        pendingRanges.add(pendingRange);
        return true;
    }

    boolean isAbandoned() {
        return pendingRanges.stream().allMatch(PendingRange::isAbandoned);
    }

    /** Before the start: reads less, without abandoned ranges. At least one must be wanted. */
    void dropAbandoned(List<PendingRange> abandoned) {
        for (PendingRange pendingRange : pendingRanges) {
            if (pendingRange.isAbandoned()) {
                boolean unused = abandoned.add(pendingRange);
            }
        }
        if (!pendingRanges.removeIf(PendingRange::isAbandoned)) {
            return;
        }
        from = Integer.MAX_VALUE;
        to = 0;
        for (PendingRange pendingRange : pendingRanges) {
            from = Math.min(from, pendingRange.pointer.position());
            to = Math.max(to, pendingRange.pointer.end());
        }
    }

    private boolean mayGrow(StoredRange pointer, Coalescing coalescing) {
        long gap = Math.max((long) pointer.position() - to, (long) from - pointer.end());
        long length = (long) Math.max(to, pointer.end()) - Math.min(from, pointer.position());
        return gap <= coalescing.maxGapBytes() && length <= coalescing.maxGetBytes();
    }

    /** The fewest GETs for ranges of one object, in the order of their positions. */
    static List<Fetch> plan(List<PendingRange> pendingRanges, Coalescing coalescing) {
        List<PendingRange> sorted = new ArrayList<>(pendingRanges);
        sorted.sort(Comparator.comparingInt(pendingRange -> pendingRange.pointer.position()));
        List<Fetch> fetches = new ArrayList<>();
        for (PendingRange pendingRange : sorted) {
            Fetch last = fetches.isEmpty() ? null : fetches.get(fetches.size() - 1);
            if (last == null || !last.join(pendingRange, coalescing)) {
                fetches.add(new Fetch(pendingRange));
            } else {
                last.prefetch &= !pendingRange.isAwaited();
            }
        }
        return fetches;
    }
}
