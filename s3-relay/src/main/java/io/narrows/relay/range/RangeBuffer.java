package io.narrows.relay.range;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;

/**
 * The bytes of one range outside the heap, which tells its {@link RangeMemory} when the last reference is gone. Owns
 * the pooled memory below it.
 */
final class RangeBuffer extends UnpooledDirectByteBuf {
    private final ByteBuf memory;
    private final RangeMemory owner;

    /** Consumes {@code memory}, of which {@code bytes} is the whole content. */
    RangeBuffer(ByteBufAllocator allocator, ByteBuf memory, ByteBuffer bytes, RangeMemory owner) {
        super(allocator, bytes, bytes.remaining());
        this.memory = memory;
        this.owner = owner;
    }

    @Override
    protected void deallocate() {
        int length = maxCapacity();
        super.deallocate();
        memory.release();
        owner.freed(length);
    }
}
