package io.narrows.relay.range;

import io.narrows.relay.Crc32c;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RangeReader} over an {@link ObjectStore}. Any thread may call it; what is mutable lives in {@link PendingRanges}, a
 * monitor. The loop gives time and timers only. Owns the memory of its cache, not the store. Use one reader for tail
 * reads and another, with bounds of its own, for catch-up reads.
 *
 * <pre>
 *  prefetch --> delayed (per object) --+
 *                                      v
 *  read ------------------------> range ---> fetch (waiting) --> GET --> CRC32C --> cache, waiters
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
    private final PendingRanges pendingRanges;
    /** Counts calls of {@link #startGets} that found it running, so that a store which responds immediately cannot recurse. */
    private final AtomicInteger startRequests = new AtomicInteger();

    public CachingRangeReader(ObjectStore store, RangeReaderLimits limits, Loop loop, RangeMetrics metrics) {
        this.store = store;
        this.limits = limits;
        this.loop = loop;
        this.metrics = metrics;
        this.memory = new RangeMemory(metrics);
        this.pendingRanges = new PendingRanges(limits, memory, metrics);
    }

    @Override
    public List<CompletableFuture<ByteBuf>> read(List<? extends StoredRange> pointers) {
        List<PendingRange> refused = new ArrayList<>();
        PendingRanges.JoinResult joinResult = pendingRanges.read(pointers, refused);
        refuse(refused);
        limitTime(joinResult.pending());
        startGets();
        return joinResult.results();
    }

    @Override
    public @Nullable ByteBuf cached(StoredRange pointer) {
        return pendingRanges.find(pointer);
    }

    @Override
    public void offer(StoredRange pointer, ByteBuf bytes) {
        if (bytes.readableBytes() != pointer.length() || !pendingRanges.wants(pointer)) {
            return;
        }
        RangeBuffer range = verified(pointer, bytes, bytes.readerIndex());
        if (range != null) {
            pendingRanges.keep(pointer, range);
            range.release();
        }
    }

    @Override
    public void prefetch(List<? extends StoredRange> pointers) {
        for (ObjectName object : pendingRanges.delay(pointers)) {
            Loop.Timer unused = loop.schedule(limits.coalescing().prefetchDelayNanos(), () -> {
                List<PendingRange> refused = new ArrayList<>();
                pendingRanges.endDelay(object, refused);
                refuse(refused);
                startGets();
            });
        }
        startGets();
    }

    /** Memory outside the heap: what is in the cache or still held by callers, and what is on its way. */
    public long memoryBytes() {
        return memory.liveBytes() + pendingRanges.inFlightBytes();
    }

    /** What the cache's arena has taken from the system: at least what is alive in it, plus what lies free in it. */
    public long reservedBytes() {
        return memory.reservedBytes();
    }

    @Override
    public void close() {
        pendingRanges.close().forEach(pendingRange -> fail(pendingRange, unavailable("the range reader is closed")));
    }

    private void limitTime(List<CompletableFuture<ByteBuf>> pending) {
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

    private void startGets() {
        if (startRequests.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Fetch next = pendingRanges.nextFetch(); next != null; next = pendingRanges.nextFetch()) {
                get(next);
            }
            seen = startRequests.addAndGet(-seen);
        } while (seen != 0);
    }

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
            onGetEnded(fetch, bytes, failure);
        });
    }

    /** On a thread of the store. Consumes {@code bytes}. */
    private void onGetEnded(Fetch fetch, @Nullable ByteBuf bytes, @Nullable Throwable failure) {
        List<PendingRange> ranges = pendingRanges.ended(fetch);
        metrics.coalesced.mark(ranges.size() - 1);
        List<PendingRange> refused = new ArrayList<>();
        try {
            if (bytes != null && bytes.readableBytes() == fetch.length()) {
                deliver(ranges, bytes, bytes.readerIndex() - fetch.from, refused);
            } else {
                failed(ranges, asStoreFailure(failure), refused);
            }
        } finally {
            if (bytes != null) {
                bytes.release();
            }
            pendingRanges.freed(fetch);
            refuse(refused);
            startGets();
        }
    }

    /** PendingRanges whose bytes have a wrong CRC32C are read once more. */
    private void deliver(List<PendingRange> ranges, ByteBuf bytes, int offset, List<PendingRange> refused) {
        List<PendingRange> corrupt = new ArrayList<>();
        for (PendingRange pendingRange : ranges) {
            if (deliver(pendingRange, bytes, offset + pendingRange.pointer.position())) {
                continue;
            }
            if (pendingRange.secondTry) {
                fail(
                        pendingRange,
                        new ObjectStoreException(Kind.CORRUPT, "wrong CRC32C in " + pendingRange.pointer, null));
            } else {
                pendingRange.secondTry = true;
                corrupt.add(pendingRange);
            }
        }
        pendingRanges.readAgain(corrupt, refused);
    }

    /** False when the bytes have a wrong CRC32C. */
    private boolean deliver(PendingRange pendingRange, ByteBuf bytes, int index) {
        RangeBuffer range;
        try {
            range = verified(pendingRange.pointer, bytes, index);
        } catch (RuntimeException | OutOfMemoryError e) {
            fail(pendingRange, new ObjectStoreException(Kind.UNAVAILABLE, "no memory for a range", e));
            return true;
        }
        if (range == null) {
            return false;
        }
        for (CompletableFuture<ByteBuf> waiter : pendingRanges.delivered(pendingRange, range)) {
            ByteBuf bytesOfWaiter = range.retainedDuplicate();
            if (!waiter.complete(bytesOfWaiter)) {
                bytesOfWaiter.release();
            }
        }
        range.release();
        return true;
    }

    /** A copy with the pointer's checksum, or null. */
    private @Nullable RangeBuffer verified(StoredRange pointer, ByteBuf bytes, int index) {
        if (Crc32c.of(bytes, index, pointer.length()) != pointer.crc32c()) {
            metrics.corrupt.mark();
            return null;
        }
        return memory.copy(bytes, index, pointer.length());
    }

    private void failed(List<PendingRange> ranges, ObjectStoreException failure, List<PendingRange> refused) {
        if (failure.kind() == Kind.INVALID && ranges.size() > 1) {
            pendingRanges.part(ranges, refused);
        } else {
            ranges.forEach(pendingRange -> fail(pendingRange, failure));
        }
    }

    private void refuse(List<PendingRange> refused) {
        for (PendingRange pendingRange : refused) {
            fail(
                    pendingRange,
                    pendingRanges.isTooLong(pendingRange.pointer)
                            ? new ObjectStoreException(Kind.INVALID, "range is too long: " + pendingRange.pointer, null)
                            : unavailable("the queue of the range reader is full"));
        }
    }

    private void fail(PendingRange pendingRange, ObjectStoreException failure) {
        pendingRanges.failed(pendingRange).forEach(waiter -> waiter.completeExceptionally(failure));
    }

    private static ObjectStoreException asStoreFailure(@Nullable Throwable failure) {
        if (failure == null) {
            return new ObjectStoreException(Kind.CORRUPT, "the object store returned a range of another length", null);
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
