package io.narrows.relay.memory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledUnsafeDirectByteBuf;
import java.util.function.LongConsumer;

/**
 * A view of one pooled direct buffer of exactly a frame's size that gives the frame's bytes back to the memory budget
 * when the last slice of it is released, wherever in the process that is. Owns the pooled buffer.
 */
public final class FrameBuffer extends UnpooledUnsafeDirectByteBuf {
    private final ByteBuf pooled;
    private final LongConsumer onFree;

    /** Set before the buffer is shared. */
    private long reservedBytes;

    private FrameBuffer(ByteBuf pooled, LongConsumer onFree, int sizeBytes) {
        super(pooled.alloc(), pooled.nioBuffer(0, sizeBytes), sizeBytes);
        this.pooled = pooled;
        this.onFree = onFree;
        this.reservedBytes = sizeBytes;
        clear();
    }

    /** The caller has reserved {@code sizeBytes}; they stay reserved when this throws. */
    public static ByteBuf allocate(ByteBufAllocator allocator, MemoryBudget budget, int sizeBytes) {
        return allocate(allocator, budget::release, sizeBytes);
    }

    /** {@code onFree} gets the size when the last slice is released, on the thread that does it; not when this throws. */
    public static ByteBuf allocate(ByteBufAllocator allocator, LongConsumer onFree, int sizeBytes) {
        return new FrameBuffer(allocator.directBuffer(sizeBytes, sizeBytes), onFree, sizeBytes);
    }

    /** The same of a buffer that is filled to its capacity; consumes it. */
    public static ByteBuf of(ByteBuf full, LongConsumer onFree) {
        int sizeBytes = full.capacity();
        return new FrameBuffer(full, onFree, sizeBytes).writerIndex(sizeBytes);
    }

    /** The frame stands for so many bytes more, which the caller has reserved and which leave with it. */
    public void weigh(long bytes) {
        reservedBytes += bytes;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        boolean unused = pooled.release();
        onFree.accept(reservedBytes);
    }
}
