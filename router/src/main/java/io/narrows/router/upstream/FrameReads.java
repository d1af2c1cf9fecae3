package io.narrows.router.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/**
 * Has a channel read into the frame that its collector waits for, so that a large one is not copied; all else is read
 * where {@code others} says. Not for channels with TLS, whose bytes are not the frame's. Owned by the channel's event
 * loop.
 */
final class FrameReads implements RecvByteBufAllocator {
    /** So often a channel is read before the loop turns to its others; Netty's 16 would be 4 MiB of a frame. */
    private static final int READS_PER_TURN = 2;

    private final FrameCollector collector;
    private final RecvByteBufAllocator others;

    FrameReads(FrameCollector collector, RecvByteBufAllocator others) {
        this.collector = collector;
        this.others = others;
    }

    /** What is not of a frame is read in chunks of the size that comes. */
    static FrameReads withFewReadsPerTurn(FrameCollector collector) {
        return new FrameReads(collector, new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(READS_PER_TURN));
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
