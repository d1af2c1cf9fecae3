package io.narrows.relay.range;

import io.narrows.relay.Crc32c;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RangeReader} over an {@link ObjectStore}. Any thread may call it: what is mutable is guarded by this object's
 * lock, under which nothing waits, no request starts and no future completes. The loop gives time and timers only. Owns
 * the memory of its cache, not the store. Use one reader for tail reads and another, with bounds of its own, for
 * catch-up reads.
 *
 * <pre>
 *  prefetch --> delayed (per object) --+
 *                                      v
 *  read ------------------------> flight --> fetch (waiting) --> GET --> CRC32C --> cache, waiters
 *    |                               ^                                     |
 *    +-- range is on its way already +------------- wrong, first time -----+
 * </pre>
 */
public final class CachingRangeReader implements RangeReader {
    private final ObjectStore store;
    private final RangeReaderLimits limits;
    private final Loop loop;
    private final RangeMetrics metrics;
    private final RangeMemory memory;
    /** Counts calls of {@link #startGets} that found it running, so that a store which answers at once cannot recurse. */
    private final AtomicInteger startRequests = new AtomicInteger();

    // Guarded by this; whatever leaves flights does so through leave().
    private final RangeCache cache;
    private final FetchQueue fetches;
    private final Map<Pointer, Flight> flights = new HashMap<>();
    private final Map<WalObjectId, List<Flight>> delayed = new HashMap<>();
    private long prefetchBytes;
    private boolean closed;

    public CachingRangeReader(ObjectStore store, RangeReaderLimits limits, Loop loop, RangeMetrics metrics) {
        this.store = store;
        this.limits = limits;
        this.loop = loop;
        this.metrics = metrics;
        this.memory = new RangeMemory(metrics);
        this.cache = new RangeCache(limits.cacheBytes(), memory, metrics);
        this.fetches = new FetchQueue(limits);
    }

    @Override
    public List<CompletableFuture<ByteBuf>> read(List<Pointer> pointers) {
        List<CompletableFuture<ByteBuf>> results = new ArrayList<>(pointers.size());
        List<CompletableFuture<ByteBuf>> pending = new ArrayList<>();
        List<Flight> refused = new ArrayList<>();
        synchronized (this) {
            Map<WalObjectId, List<Flight>> toFetch = new LinkedHashMap<>();
            for (Pointer pointer : pointers) {
                ByteBuf hit = cache.find(pointer);
                if (hit != null) {
                    metrics.hits.mark();
                    results.add(CompletableFuture.completedFuture(hit));
                    continue;
                }
                metrics.misses.mark();
                CompletableFuture<ByteBuf> result = new CompletableFuture<>();
                results.add(result);
                pending.add(result);
                Flight flight = newFlight(pointer, toFetch);
                flight.waiters.add(result);
                if (flight.waiters.size() == 1) {
                    hurry(flight, toFetch);
                }
            }
            toFetch.values().forEach(group -> enqueue(group, refused));
        }
        refused.forEach(flight -> fail(flight, refusal(flight)));
        limitTime(pending);
        startGets();
        return results;
    }

    @Override
    public synchronized @Nullable ByteBuf cached(Pointer pointer) {
        ByteBuf hit = cache.find(pointer);
        if (hit != null) {
            metrics.hits.mark();
        }
        return hit;
    }

    @Override
    public void offer(Pointer pointer, ByteBuf bytes) {
        synchronized (this) {
            if (closed || cache.contains(pointer) || limits.cacheBytes() == 0) {
                return;
            }
        }
        RangeBuffer range =
                bytes.readableBytes() == pointer.length() ? verified(pointer, bytes, bytes.readerIndex()) : null;
        if (range != null) {
            synchronized (this) {
                if (!closed) {
                    cache.add(pointer, range, false);
                }
            }
            range.release();
        }
    }

    @Override
    public void prefetch(List<Pointer> pointers) {
        List<WalObjectId> opened = new ArrayList<>();
        synchronized (this) {
            for (Pointer pointer : pointers) {
                if (closed || cache.contains(pointer) || flights.containsKey(pointer) || isTooLong(pointer)) {
                    continue;
                }
                if (prefetchBytes + pointer.length() > limits.cacheBytes() / 2) {
                    metrics.rejected.mark();
                    continue;
                }
                Flight flight = Flight.prefetch(pointer);
                flights.put(pointer, flight);
                prefetchBytes += pointer.length();
                if (!fetches.board(flight)) {
                    delayed.computeIfAbsent(pointer.object(), object -> {
                                opened.add(object);
                                return new ArrayList<>();
                            })
                            .add(flight);
                }
            }
        }
        for (WalObjectId object : opened) {
            Loop.Timer unused = loop.schedule(limits.coalescing().prefetchDelayNanos(), () -> endDelay(object));
        }
    }

    /** Memory outside the heap: what is in the cache or still held by callers, and what is on its way. */
    public synchronized long memoryBytes() {
        return memory.liveBytes() + fetches.inFlightBytes();
    }

    /** What the cache's arena has taken from the system: at least what is alive in it, plus what lies free in it. */
    public long reservedBytes() {
        return memory.reservedBytes();
    }

    @Override
    public void close() {
        List<Flight> abandoned;
        synchronized (this) {
            closed = true;
            abandoned = List.copyOf(flights.values());
            abandoned.forEach(this::leave);
            delayed.clear();
            fetches.clear();
            cache.clear();
        }
        abandoned.forEach(flight -> fail(flight, unavailable("the range reader is closed")));
    }

    // ---- on the way out; callers hold the lock unless said otherwise ----

    /** The flight of a range that is not cached; a new one is on a GET already or added to {@code toFetch}. */
    private Flight newFlight(Pointer pointer, Map<WalObjectId, List<Flight>> toFetch) {
        Flight existing = flights.get(pointer);
        if (existing != null) {
            metrics.joined.mark();
            return existing;
        }
        Flight flight = Flight.read(pointer);
        flights.put(pointer, flight);
        toFetch.computeIfAbsent(pointer.object(), object -> new ArrayList<>()).add(flight);
        return flight;
    }

    /** Somebody waits now: what is delayed for this object goes along, and a waiting prefetch becomes a read. */
    private void hurry(Flight flight, Map<WalObjectId, List<Flight>> toFetch) {
        WalObjectId object = flight.pointer.object();
        List<Flight> held = delayed.remove(object);
        if (held != null) {
            toFetch.computeIfAbsent(object, key -> new ArrayList<>()).addAll(held);
        }
        fetches.hurry(flight);
    }

    private void enqueue(List<Flight> group, List<Flight> refused) {
        List<Flight> ashore = new ArrayList<>(group.size());
        for (Flight flight : group) {
            if (closed || isTooLong(flight.pointer)) {
                refuse(flight, refused);
            } else if (fetches.board(flight)) {
                metrics.joined.mark();
            } else {
                ashore.add(flight);
            }
        }
        for (Fetch fetch : Fetch.plan(ashore, limits.coalescing())) {
            if (!fetches.add(fetch)) {
                metrics.rejected.mark(fetch.flights.size());
                fetch.flights.forEach(flight -> refuse(flight, refused));
            }
        }
    }

    private void refuse(Flight flight, List<Flight> refused) {
        leave(flight);
        refused.add(flight);
    }

    private void leave(Flight flight) {
        if (flights.remove(flight.pointer, flight) && flight.prefetched) {
            prefetchBytes -= flight.pointer.length();
        }
    }

    private boolean isTooLong(Pointer pointer) {
        return pointer.length() > limits.coalescing().maxRangeBytes();
    }

    /** On the loop, without the lock. */
    private void endDelay(WalObjectId object) {
        List<Flight> refused = new ArrayList<>();
        synchronized (this) {
            List<Flight> held = delayed.remove(object);
            if (held != null) {
                enqueue(held, refused);
            }
        }
        refused.forEach(flight -> fail(flight, refusal(flight)));
        startGets();
    }

    /** Without the lock. */
    private void startGets() {
        if (startRequests.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Fetch next = nextFetch(); next != null; next = nextFetch()) {
                get(next);
            }
            seen = startRequests.addAndGet(-seen);
        } while (seen != 0);
    }

    private synchronized @Nullable Fetch nextFetch() {
        if (closed) {
            return null;
        }
        List<Flight> abandoned = new ArrayList<>();
        Fetch next = fetches.start(abandoned);
        abandoned.forEach(this::leave);
        return next;
    }

    // ---- on the way back; without the lock, on a thread of the store ----

    private void get(Fetch fetch) {
        long startedAt = loop.nanoTime();
        metrics.getStarted(fetch.length());
        CompletableFuture<ByteBuf> answer;
        try {
            answer = store.get(fetch.object.key(), fetch.from, fetch.length());
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<ByteBuf> unused = answer.whenComplete((bytes, failure) -> {
            metrics.getEnded(loop.nanoTime() - startedAt, failure != null);
            land(fetch, bytes, failure);
        });
    }

    private void land(Fetch fetch, @Nullable ByteBuf bytes, @Nullable Throwable failure) {
        List<Flight> landed;
        synchronized (this) {
            fetches.landed(fetch);
            landed = List.copyOf(fetch.flights);
        }
        metrics.coalesced.mark(landed.size() - 1);
        List<Fetch> again = List.of();
        try {
            if (bytes != null && bytes.readableBytes() == fetch.length()) {
                again = deliver(fetch, landed, bytes);
            } else {
                again = failed(landed, asStoreFailure(failure));
            }
        } finally {
            if (bytes != null) {
                bytes.release();
            }
            tryAgain(again, fetch);
            startGets();
        }
    }

    /** Returns the GETs that read once more what had a wrong CRC32C. */
    private List<Fetch> deliver(Fetch fetch, List<Flight> landed, ByteBuf bytes) {
        List<Flight> corrupt = new ArrayList<>();
        for (Flight flight : landed) {
            int index = bytes.readerIndex() + flight.pointer.position() - fetch.from;
            if (deliver(flight, bytes, index)) {
                continue;
            }
            if (flight.secondTry) {
                fail(flight, new ObjectStoreException(Kind.CORRUPT, "wrong CRC32C in " + flight.pointer, null));
            } else {
                flight.secondTry = true;
                corrupt.add(flight);
            }
        }
        return Fetch.plan(corrupt, limits.coalescing());
    }

    /**
     * A range beyond the object's end spoils the GET for the ranges before it. The range that ends last is the one that
     * can be wrong for sure, so it goes alone and the others together; these may part again.
     */
    private List<Fetch> failed(List<Flight> landed, ObjectStoreException failure) {
        if (failure.kind() != Kind.INVALID || landed.size() == 1) {
            landed.forEach(flight -> fail(flight, failure));
            return List.of();
        }
        List<Flight> others = new ArrayList<>(landed);
        others.sort(Comparator.comparingInt(flight -> flight.pointer.end()));
        List<Fetch> again = new ArrayList<>();
        again.add(Fetch.alone(others.remove(others.size() - 1)));
        again.addAll(Fetch.plan(others, limits.coalescing()));
        return again;
    }

    private void tryAgain(List<Fetch> again, Fetch landed) {
        List<Flight> refused = new ArrayList<>();
        synchronized (this) {
            fetches.freed(landed);
            for (Fetch fetch : again) {
                if (closed || !fetches.add(fetch)) {
                    fetch.flights.forEach(flight -> refuse(flight, refused));
                }
            }
        }
        refused.forEach(flight -> fail(flight, refusal(flight)));
    }

    /** False when the bytes have a wrong CRC32C. */
    private boolean deliver(Flight flight, ByteBuf bytes, int index) {
        RangeBuffer range;
        try {
            range = verified(flight.pointer, bytes, index);
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(flight, new ObjectStoreException(Kind.UNAVAILABLE, "no memory for a range", e));
            return true;
        }
        if (range == null) {
            return false;
        }
        List<CompletableFuture<ByteBuf>> waiters;
        synchronized (this) {
            leave(flight);
            waiters = List.copyOf(flight.waiters);
            if (flight.prefetched && flight.isAwaited()) {
                metrics.prefetchUseful.mark();
            }
            if (!closed) {
                cache.add(flight.pointer, range, waiters.isEmpty());
            }
        }
        for (CompletableFuture<ByteBuf> waiter : waiters) {
            ByteBuf bytesOfWaiter = range.retainedDuplicate();
            if (!waiter.complete(bytesOfWaiter)) {
                bytesOfWaiter.release();
            }
        }
        range.release();
        return true;
    }

    /** A copy with the pointer's checksum, or null. */
    private @Nullable RangeBuffer verified(Pointer pointer, ByteBuf bytes, int index) {
        if (Crc32c.of(bytes, index, pointer.length()) != pointer.crc32c()) {
            metrics.corrupt.mark();
            return null;
        }
        return memory.copy(bytes, index, pointer.length());
    }

    private void fail(Flight flight, ObjectStoreException failure) {
        List<CompletableFuture<ByteBuf>> waiters;
        synchronized (this) {
            leave(flight);
            waiters = List.copyOf(flight.waiters);
        }
        waiters.forEach(waiter -> waiter.completeExceptionally(failure));
    }

    private void limitTime(Collection<CompletableFuture<ByteBuf>> pending) {
        if (pending.isEmpty()) {
            return;
        }
        Loop.Timer timer = loop.schedule(limits.readDeadlineNanos(), () -> {
            for (CompletableFuture<ByteBuf> result : pending) {
                if (result.completeExceptionally(unavailable("the range was not read in time"))) {
                    metrics.expired.mark();
                }
            }
        });
        CompletableFuture<Void> unused = CompletableFuture.allOf(pending.toArray(CompletableFuture[]::new))
                .whenComplete((nothing, failure) -> timer.cancel());
    }

    private ObjectStoreException refusal(Flight flight) {
        return isTooLong(flight.pointer)
                ? new ObjectStoreException(Kind.INVALID, "range is too long: " + flight.pointer, null)
                : unavailable("the range reader takes no more reads");
    }

    private static ObjectStoreException asStoreFailure(@Nullable Throwable failure) {
        if (failure == null) {
            return new ObjectStoreException(Kind.CORRUPT, "the object store returned another length", null);
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException typed
                ? typed
                : new ObjectStoreException(Kind.UNAVAILABLE, "the GET failed", cause);
    }

    private static ObjectStoreException unavailable(String message) {
        return new ObjectStoreException(Kind.UNAVAILABLE, message, null);
    }
}
