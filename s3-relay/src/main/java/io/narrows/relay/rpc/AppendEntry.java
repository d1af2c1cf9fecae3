package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;
import io.netty.buffer.ByteBuf;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One batch for one partition: POINTER (pointer only), INLINE (bytes only) or STAGED_INLINE (both: the bytes travel
 * inside the zone, so that the leader need not read back what the proxy has put in S3). Owns {@code bytes}.
 *
 * @param laneId unique within the writer's incarnation: one client connection and partition
 * @param laneEpoch grows by one each time the lane stops, drains and sends again
 */
public record AppendEntry(
        long laneId,
        int laneEpoch,
        UUID topicId,
        int partition,
        @Nullable Pointer pointer,
        @Nullable ByteBuf bytes) {
    public AppendEntry {
        Checks.argument(pointer != null || bytes != null, "an entry has a pointer, bytes or both");
    }

    public void release() {
        if (bytes != null) {
            boolean unused = bytes.release();
        }
    }
}
