package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import io.narrows.relay.pointer.Pointer;
import io.netty.buffer.ByteBuf;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One batch for one partition: POINTER (pointer only), INLINE (bytes only) or STAGED_INLINE (both: the bytes travel
 * inside the zone, so that the leader need not read back what the proxy has put in S3). Owns {@code bytes}. Whatever can
 * be constructed can be encoded, and the decoder accepts it.
 *
 * @param laneId unique within the writer's incarnation: one client connection and partition
 * @param laneEpoch grows by one each time the lane stops, drains and sends again
 * @param bytes of the batch; of one that travels in parts the sender has none here, and the receiver has all of them
 * @param sequence what the leader does when it does not know the batch's producer
 */
public record AppendEntry(
        long laneId,
        int laneEpoch,
        UUID topicId,
        int partition,
        @Nullable Pointer pointer,
        @Nullable ByteBuf bytes,
        Carrier carrier,
        Sequence sequence) {
    /** How an entry's bytes travel. */
    public enum Carrier {
        /** In the frame of the entry. */
        FRAME,
        /** In Part frames before it. */
        PARTS
    }

    /** Which sequence a batch may have whose producer the leader does not know. */
    public enum Sequence {
        /** That of the producer's first batch; another one is refused with UNKNOWN_PRODUCER_ID. */
        FIRST,
        /** Any, as with Kafka: its client was told that the batch has failed, and sends it again. */
        ANY
    }

    public AppendEntry {
        Checks.argument(
                pointer != null || bytes != null || carrier == Carrier.PARTS,
                "an entry has neither a pointer nor bytes");
        Checks.argument(bytes == null || bytes.isReadable(), "the bytes of an entry are empty");
        Checks.argument(laneEpoch >= 0 && partition >= 0, "the epoch of a lane or the partition is negative");
    }

    /** An entry whose bytes, if it has some, are in its frame. */
    public AppendEntry(
            long laneId,
            int laneEpoch,
            UUID topicId,
            int partition,
            @Nullable Pointer pointer,
            @Nullable ByteBuf bytes) {
        this(laneId, laneEpoch, topicId, partition, pointer, bytes, Carrier.FRAME, Sequence.FIRST);
    }

    public void release() {
        if (bytes != null) {
            boolean unused = bytes.release();
        }
    }
}
