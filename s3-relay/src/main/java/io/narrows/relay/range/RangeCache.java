package io.narrows.relay.range;

import io.netty.buffer.ByteBuf;
import java.util.Iterator;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Ranges in the order of their last use, bounded by the bytes that are alive. Holds one reference to each range in it.
 * Not thread-safe: guarded by {@link PendingRanges}, under whose lock {@link #find} also retains, so that an eviction can
 * never free what a caller is about to take.
 */
final class RangeCache {
    private final long maxBytes;
    private final RangeMemory memory;
    private final RangeMetrics metrics;
    private final LinkedHashMap<StoredRange, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    RangeCache(long maxBytes, RangeMemory memory, RangeMetrics metrics) {
        this.maxBytes = maxBytes;
        this.memory = memory;
        this.metrics = metrics;
    }

    /** The range, retained for the caller with indexes of its own, or null. */
    @Nullable
    ByteBuf find(StoredRange pointer) {
        Entry entry = entries.get(pointer);
        if (entry == null) {
            return null;
        }
        if (entry.unreadPrefetch) {
            entry.unreadPrefetch = false;
            metrics.prefetchUseful.mark();
        }
        return entry.range.retainedDuplicate();
    }

    /** Whether the range is there; leaves the order of use alone. */
    boolean contains(StoredRange pointer) {
        return entries.containsKey(pointer);
    }

    /** Keeps a reference to the range when it fits. Borrows {@code range}, which counts as alive already. */
    void add(StoredRange pointer, RangeBuffer range, boolean prefetched) {
        long footprint = RangeMemory.footprint(pointer.length());
        if (footprint > maxBytes || entries.containsKey(pointer)) {
            return;
        }
        Iterator<Entry> eldest = entries.values().iterator();
        while (memory.liveBytes() > maxBytes && eldest.hasNext()) {
            Entry entry = eldest.next();
            // What a caller still holds would not come free.
            if (entry.range.refCnt() == 1) {
                eldest.remove();
                forget(entry);
            }
        }
        if (memory.liveBytes() <= maxBytes) {
            entries.put(pointer, new Entry((RangeBuffer) range.retain(), footprint, prefetched));
            bytes += footprint;
            metrics.cacheBytes.inc(footprint);
        }
    }

    void clear() {
        entries.values().forEach(this::forget);
        entries.clear();
    }

    long bytes() {
        return bytes;
    }

    private void forget(Entry entry) {
        bytes -= entry.footprint;
        metrics.cacheBytes.dec(entry.footprint);
        if (entry.unreadPrefetch) {
            metrics.prefetchWasted.mark();
        }
        entry.range.release();
    }

    private static final class Entry {
        private final RangeBuffer range;
        private final long footprint;
        private boolean unreadPrefetch;

        Entry(RangeBuffer range, long footprint, boolean unreadPrefetch) {
            this.range = range;
            this.footprint = footprint;
            this.unreadPrefetch = unreadPrefetch;
        }
    }
}
