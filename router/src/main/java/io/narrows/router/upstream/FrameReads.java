package io.narrows.router.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/**
 * Has a channel read into the frame that its collector waits for, so that a large one is not copied; all else is read
 * where {@code others} says. Not for channels with TLS, whose bytes are not the frame's. Owned by the channel's event
 * loop.
 */
final class FrameReads implements RecvByteBufAllocator {
    private final FrameCollector collector;
    private final RecvByteBufAllocator others;

    FrameReads(FrameCollector collector, RecvByteBufAllocator others) {
        this.collector = collector;
        this.others = others;
    }

    @Override
    @SuppressWarnings("deprecation") // Netty's word for handles that only its NIO channels take
    public Handle newHandle() {
        return new DelegatingHandle(others.newHandle()) {
            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                ByteBuf place = collector.place();
                return place == null ? super.allocate(allocator) : place;
            }
        };
    }
}
