package io.narrows.relay.range;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/**
 * The bytes of one range outside the heap, which tells its owner when the last reference is gone. Owns
 * the pooled memory below it.
 */
final class RangeBuffer extends UnpooledDirectByteBuf {
    private final ByteBuf memory;
    private final IntConsumer freed;

    /** Consumes {@code memory}, of which {@code bytes} is the whole content; {@code freed} gets its length at the end. */
    RangeBuffer(ByteBufAllocator allocator, ByteBuf memory, ByteBuffer bytes, IntConsumer freed) {
        super(allocator, bytes, bytes.remaining());
        this.memory = memory;
        this.freed = freed;
    }

    @Override
    protected void deallocate() {
        int length = maxCapacity();
        super.deallocate();
        memory.release();
        freed.accept(length);
    }
}
