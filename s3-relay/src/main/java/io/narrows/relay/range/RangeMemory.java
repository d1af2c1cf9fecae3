package io.narrows.relay.range;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/**
 * Allocates the memory of ranges from one arena of its own and knows how much of it is alive, in the cache or with a
 * caller. Each range has memory of its own, so that what one caller holds never pins its neighbours. For any thread.
 */
final class RangeMemory {
    private static final int PAGE_BYTES = 8192;
    private static final int CHUNK_ORDER = 9;
    private static final int MIN_STEP_BYTES = 16;

    /** One arena and no caches per thread: memory that is free is free for every range. */
    private final PooledByteBufAllocator allocator =
            new PooledByteBufAllocator(true, 0, 1, PAGE_BYTES, CHUNK_ORDER, 0, 0, false);

    private final AtomicLong liveBytes = new AtomicLong();
    private final RangeMetrics metrics;
    private final IntConsumer freed = this::freed;

    RangeMemory(RangeMetrics metrics) {
        this.metrics = metrics;
    }

    /** A copy of {@code length} bytes from {@code index}; the caller releases it. Borrows {@code source}. */
    RangeBuffer copy(ByteBuf source, int index, int length) {
        ByteBuf memory = allocator.directBuffer(length, length);
        try {
            memory.writeBytes(source, index, length);
            RangeBuffer copy = new RangeBuffer(allocator, memory, memory.nioBuffer(0, length), freed);
            liveBytes.addAndGet(footprint(length));
            metrics.liveBytes.inc(footprint(length));
            return copy;
        } catch (RuntimeException e) {
            memory.release();
            throw e;
        }
    }

    private void freed(int length) {
        liveBytes.addAndGet(-footprint(length));
        metrics.liveBytes.dec(footprint(length));
    }

    long liveBytes() {
        return liveBytes.get();
    }

    /** Memory taken from the system, with what lies free in the arena. */
    long reservedBytes() {
        return allocator.metric().usedDirectMemory();
    }

    /** What a range of this length takes in the arena, whose sizes have four steps from one power of two to the next. */
    static long footprint(int length) {
        int step = Math.max(MIN_STEP_BYTES, Integer.highestOneBit(Math.max(1, length - 1)) >> 2);
        return ((long) length + step - 1) / step * step;
    }
}
