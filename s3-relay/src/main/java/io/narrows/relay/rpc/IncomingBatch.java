package io.narrows.relay.rpc;

import static io.narrows.relay.rpc.MalformedFrameException.check;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The batch that comes in parts on one connection, on the heap of the leader. It gets memory with its first part, which
 * may not come before the leader has granted it. Owned by the connection's event loop.
 *
 * <pre>
 *   NONE --Announce--> ANNOUNCED --grant--> GRANTED --Parts--> complete --Append--> NONE
 *    ^                     |                   |
 *    +------withdrawn------+-------------------+
 * </pre>
 */
final class IncomingBatch {
    private long number = -1;
    private int announcedBytes;
    private boolean granted;
    private byte @Nullable [] bytes;
    private int filled;

    void announce(PartCodec.Announcement announcement, int maxBatchBytes) {
        check(announcedBytes == 0, "a batch is announced while another one is in progress");
        check(announcement.number() > number, "the number of an announced batch is not greater than the last one");
        check(
                announcement.batchBytes() <= maxBatchBytes,
                "an announced batch has " + announcement.batchBytes() + " bytes; allowed are " + maxBatchBytes);
        number = announcement.number();
        announcedBytes = announcement.batchBytes();
        granted = false;
    }

    void withdraw(long withdrawn) {
        check(announcedBytes > 0 && withdrawn == number && bytes == null, "a batch is withdrawn that is not announced");
        announcedBytes = 0;
        granted = false;
    }

    /** False if the batch was withdrawn. */
    boolean grant(long asked) {
        boolean waits = asked == number && announcedBytes > 0 && !granted;
        granted |= waits;
        return waits;
    }

    /** Borrows the frame. */
    void part(ByteBufAllocator alloc, Frame frame) {
        check(granted, "a part arrived before its batch was granted");
        ByteBuf part = PartCodec.decodePart(alloc, frame, announcedBytes - filled);
        try {
            byte[] all = bytes;
            if (all == null) {
                all = new byte[announcedBytes];
                bytes = all;
            }
            int length = part.readableBytes();
            part.readBytes(all, filled, length);
            filled += length;
        } finally {
            part.release();
        }
    }

    /** The whole batch, whose array has no other owner. */
    ByteBuf take() {
        byte[] all = bytes;
        if (all == null || filled < announcedBytes) {
            throw new MalformedFrameException("an entry refers to parts that were not received");
        }
        bytes = null;
        filled = 0;
        announcedBytes = 0;
        granted = false;
        return Unpooled.wrappedBuffer(all);
    }
}
