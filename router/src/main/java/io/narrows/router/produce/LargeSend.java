package io.narrows.router.produce;

import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayProtocol;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneEntry;
import io.netty.buffer.ByteBuf;

/**
 * A batch that is larger than a frame, on its way to a leader in parts: announced, granted when the leader has the memory
 * for it, then sent as fast as the connection takes it. Owned by the router's loop. Holds the batch's bytes, which stay
 * in the memory of the client's request, until {@link #release}.
 */
final class LargeSend {
    private final long number;
    private final LaneEntry entry;
    private final ByteBuf bytes;
    private boolean granted;
    private long progressAt;

    LargeSend(long number, LaneEntry entry, boolean local, long now) {
        this.number = number;
        this.entry = entry;
        this.bytes = entry.bytes().retainedDuplicate();
        this.progressAt = now;
        entry.form(FrameBuilder.form(entry, local));
    }

    long number() {
        return number;
    }

    LaneEntry entry() {
        return entry;
    }

    boolean isOf(Lane lane) {
        return entry.lane() == lane;
    }

    void announce(RelayConnection connection) {
        connection.announce(number, bytes);
    }

    /** False if the grant is for another batch. */
    boolean granted(long which, long now) {
        if (which != number) {
            return false;
        }
        granted = true;
        progressAt = now;
        return true;
    }

    boolean isGranted() {
        return granted;
    }

    /** Sends parts while the connection takes some. */
    void sendParts(RelayConnection connection, long now) {
        int partBytes = Math.min(RelayProtocol.PART_BYTES, connection.peer().maxFrameBytes() / 2);
        while (bytes.isReadable() && connection.isWritable()) {
            int length = Math.min(partBytes, bytes.readableBytes());
            connection.sendPart(bytes.retainedSlice(bytes.readerIndex(), length));
            bytes.skipBytes(length);
            progressAt = now;
        }
    }

    boolean isSent() {
        return !bytes.isReadable();
    }

    /** Whether the connection has taken nothing for so long. A leader without memory may take its time to grant. */
    boolean isStalled(long now, long patienceNanos) {
        return granted && now - progressAt > patienceNanos;
    }

    void release() {
        boolean unused = bytes.release();
    }
}
