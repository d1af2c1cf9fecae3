package io.narrows.relay.range;

import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a range reader knows: which ranges are cached, on their way or held back for others of their object, and who
 * waits. A monitor: every method holds the lock for a short time, starts no request and completes no future; what is to
 * be done outside it is returned.
 */
final class PendingRanges {
    private final RangeReaderLimits limits;
    private final RangeMetrics metrics;
    private final RangeCache cache;
    private final FetchQueue fetches;
    private final Map<StoredRange, PendingRange> pendingRanges = new HashMap<>();
    private final Map<ObjectName, List<PendingRange>> delayed = new HashMap<>();
    private long prefetchBytes;
    private boolean closed;

    PendingRanges(RangeReaderLimits limits, RangeMemory memory, RangeMetrics metrics) {
        this.limits = limits;
        this.metrics = metrics;
        this.cache = new RangeCache(limits.cacheBytes(), memory, metrics);
        this.fetches = new FetchQueue(limits);
    }

    /** The futures of a read in the order of its pointers, and those of them that are not complete yet. */
    record JoinResult(List<CompletableFuture<ByteBuf>> results, List<CompletableFuture<ByteBuf>> pending) {}

    /** Finds or joins every pointer. PendingRanges that may not wait are added to {@code refused}. */
    synchronized JoinResult read(List<? extends StoredRange> pointers, List<PendingRange> refused) {
        JoinResult joinResult = new JoinResult(new ArrayList<>(pointers.size()), new ArrayList<>());
        Map<ObjectName, List<PendingRange>> toFetch = new LinkedHashMap<>();
        for (StoredRange pointer : pointers) {
            ByteBuf hit = find(pointer);
            if (hit != null) {
                joinResult.results.add(CompletableFuture.completedFuture(hit));
                continue;
            }
            metrics.misses.mark();
            CompletableFuture<ByteBuf> result = new CompletableFuture<>();
            joinResult.results.add(result);
            joinResult.pending.add(result);
            PendingRange pendingRange = pendingRange(pointer, toFetch);
            pendingRange.await(result);
            if (pendingRange.waiters.size() == 1) {
                promote(pendingRange, toFetch);
            }
        }
        toFetch.values().forEach(group -> enqueue(group, refused));
        return joinResult;
    }

    /** The range, retained for the caller, or null. */
    synchronized @Nullable ByteBuf find(StoredRange pointer) {
        ByteBuf hit = cache.find(pointer);
        if (hit != null) {
            metrics.hits.mark();
        }
        return hit;
    }

    /** Whether an offered range would be new. */
    synchronized boolean wants(StoredRange pointer) {
        return !closed && !cache.contains(pointer) && pointer.length() <= limits.cacheBytes();
    }

    /** Caches an offered range. Borrows {@code range}. */
    synchronized void keep(StoredRange pointer, RangeBuffer range) {
        if (!closed) {
            cache.add(pointer, range, false);
        }
    }

    /** Holds prefetches back for others; returns the objects for which {@link #endDelay} has to be called later. */
    synchronized List<ObjectName> delay(List<? extends StoredRange> pointers) {
        List<ObjectName> opened = new ArrayList<>();
        for (StoredRange pointer : pointers) {
            if (closed || cache.contains(pointer) || pendingRanges.containsKey(pointer) || isTooLong(pointer)) {
                continue;
            }
            if (prefetchBytes + pointer.length() > limits.cacheBytes() / 2) {
                metrics.rejected.mark();
                continue;
            }
            PendingRange pendingRange = PendingRange.prefetch(pointer);
            pendingRanges.put(pointer, pendingRange);
            prefetchBytes += pointer.length();
            if (!fetches.join(pendingRange)) {
                List<PendingRange> held = delayed.get(pointer.object());
                if (held == null) {
                    held = new ArrayList<>();
                    delayed.put(pointer.object(), held);
                    opened.add(pointer.object());
                }
                held.add(pendingRange);
            }
        }
        return opened;
    }

    synchronized void endDelay(ObjectName object, List<PendingRange> refused) {
        List<PendingRange> held = delayed.remove(object);
        if (held != null) {
            enqueue(held, refused);
        }
    }

    /** The next GET to start, or null. */
    synchronized @Nullable Fetch nextFetch() {
        List<PendingRange> abandoned = new ArrayList<>();
        Fetch next = fetches.start(abandoned);
        abandoned.forEach(this::leave);
        return next;
    }

    /** No further range joins this GET; returns those that did. */
    synchronized List<PendingRange> ended(Fetch fetch) {
        fetches.ended(fetch);
        return List.copyOf(fetch.pendingRanges);
    }

    /** Caches what arrived. Borrows {@code range}; returns who waits for it. */
    synchronized List<CompletableFuture<ByteBuf>> delivered(PendingRange pendingRange, RangeBuffer range) {
        leave(pendingRange);
        if (pendingRange.prefetched && pendingRange.isAwaited()) {
            metrics.prefetchUseful.mark();
        }
        if (!closed) {
            cache.add(pendingRange.pointer, range, !pendingRange.isAwaited());
        }
        return List.copyOf(pendingRange.waiters);
    }

    /** Abandons a range; returns the readers that wait for it. */
    synchronized List<CompletableFuture<ByteBuf>> failed(PendingRange pendingRange) {
        leave(pendingRange);
        return List.copyOf(pendingRange.waiters);
    }

    /** The memory of the GET is free again. */
    synchronized void freed(Fetch fetch) {
        fetches.freed(fetch);
    }

    /** Reads these ranges of one object once more. */
    synchronized void readAgain(List<PendingRange> corrupt, List<PendingRange> refused) {
        Fetch.plan(corrupt, limits.coalescing()).forEach(fetch -> addOrRefuse(fetch, refused));
    }

    /**
     * Reads the ranges of a GET that reached beyond the object's end once more. The one that ends last is the only one
     * that must be wrong, so it goes alone and the others together; these may part again.
     */
    synchronized void part(List<PendingRange> spoiled, List<PendingRange> refused) {
        List<PendingRange> others = new ArrayList<>(spoiled);
        others.sort(Comparator.comparingInt(pendingRange -> pendingRange.pointer.end()));
        addOrRefuse(Fetch.alone(others.remove(others.size() - 1)), refused);
        Fetch.plan(others, limits.coalescing()).forEach(fetch -> addOrRefuse(fetch, refused));
    }

    /** Forgets everything; returns the ranges that will not be read. */
    synchronized List<PendingRange> close() {
        closed = true;
        List<PendingRange> abandoned = List.copyOf(pendingRanges.values());
        abandoned.forEach(this::leave);
        delayed.clear();
        fetches.clear();
        cache.clear();
        return abandoned;
    }

    synchronized long inFlightBytes() {
        return fetches.inFlightBytes();
    }

    boolean isTooLong(StoredRange pointer) {
        return pointer.length() > limits.coalescing().maxRangeBytes();
    }

    /** The pending range of a pointer that is not cached; a new one is added to {@code toFetch}. */
    private PendingRange pendingRange(StoredRange pointer, Map<ObjectName, List<PendingRange>> toFetch) {
        PendingRange existing = pendingRanges.get(pointer);
        if (existing != null) {
            metrics.joined.mark();
            return existing;
        }
        PendingRange pendingRange = PendingRange.read(pointer);
        pendingRanges.put(pointer, pendingRange);
        toFetch.computeIfAbsent(pointer.object(), object -> new ArrayList<>()).add(pendingRange);
        return pendingRange;
    }

    /** A reader waits now: what is delayed for this object goes along, and a waiting prefetch becomes a read. */
    private void promote(PendingRange pendingRange, Map<ObjectName, List<PendingRange>> toFetch) {
        ObjectName object = pendingRange.pointer.object();
        List<PendingRange> held = delayed.remove(object);
        if (held != null) {
            toFetch.computeIfAbsent(object, key -> new ArrayList<>()).addAll(held);
        }
        fetches.promote(pendingRange);
    }

    private void enqueue(List<PendingRange> group, List<PendingRange> refused) {
        Coalescing coalescing = limits.coalescing();
        List<PendingRange> unplaced = new ArrayList<>(group.size());
        for (PendingRange pendingRange : group) {
            if (closed || isTooLong(pendingRange.pointer)) {
                refuse(pendingRange, refused);
            } else if (fetches.join(pendingRange)) {
                metrics.joined.mark();
            } else {
                unplaced.add(pendingRange);
            }
        }
        Fetch.plan(unplaced, coalescing).forEach(fetch -> addOrRefuse(fetch, refused));
    }

    private void addOrRefuse(Fetch fetch, List<PendingRange> refused) {
        if (!closed && fetches.isFull()) {
            List<PendingRange> abandoned = new ArrayList<>();
            fetches.dropAbandoned(abandoned);
            abandoned.forEach(this::leave);
        }
        if (closed || !fetches.add(fetch)) {
            metrics.rejected.mark(fetch.pendingRanges.size());
            fetch.pendingRanges.forEach(pendingRange -> refuse(pendingRange, refused));
        }
    }

    private void refuse(PendingRange pendingRange, List<PendingRange> refused) {
        leave(pendingRange);
        refused.add(pendingRange);
    }

    private void leave(PendingRange pendingRange) {
        if (pendingRanges.remove(pendingRange.pointer, pendingRange) && pendingRange.prefetched) {
            prefetchBytes -= pendingRange.pointer.length();
        }
    }
}
