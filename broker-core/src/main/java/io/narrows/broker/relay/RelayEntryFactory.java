package io.narrows.broker.relay;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendEntry.Carrier;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Turns a decoded Append frame into entries: batches that came as bytes get memory of their own on the heap, because
 * Kafka's validation writes into them; a batch that came with a pointer must be what the pointer says. Runs on the
 * connection's event loop; stateless.
 */
final class RelayEntryFactory {
    /** What an entry holds beside its batch, generously: objects, queues, the request in Kafka's purgatory. */
    static final int ENTRY_OVERHEAD_BYTES = 2048;

    private final RangeReader ranges;

    RelayEntryFactory(RangeReader ranges) {
        this.ranges = ranges;
    }

    /** An entry and the place in a lane it asks for. */
    record Incoming(
            RelayEntry entry,
            long laneId,
            int laneEpoch,
            @Nullable String defect) {}

    /** Consumes the request's buffers. */
    List<Incoming> take(RelayPeer peer, AppendRequest request) {
        List<Incoming> incoming = new ArrayList<>();
        try {
            for (AppendGroup group : request.groups()) {
                for (AppendEntry sent : group.entries()) {
                    RelayEntry entry = new RelayEntry(
                            peer,
                            request.requestId(),
                            incoming.size(),
                            group,
                            new RelayEntry.Target(sent.topicId(), sent.partition(), sent.sequence()));
                    incoming.add(new Incoming(entry, sent.laneId(), sent.laneEpoch(), fill(entry, sent)));
                }
            }
        } finally {
            request.release();
        }
        return incoming;
    }

    private @Nullable String fill(RelayEntry entry, AppendEntry sent) {
        Pointer pointer = sent.pointer();
        ByteBuf bytes = sent.bytes();
        entry.pointer(pointer);
        entry.receivedBytes(ENTRY_OVERHEAD_BYTES);
        if (bytes == null) {
            return null;
        }
        byte[] batch;
        if (sent.carrier() == Carrier.PARTS) {
            // Collected on the heap, for this entry only.
            batch = bytes.array();
            entry.largeBytes(batch.length);
        } else {
            batch = new byte[bytes.readableBytes()];
            bytes.getBytes(bytes.readerIndex(), batch);
            entry.receivedBytes(ENTRY_OVERHEAD_BYTES + batch.length);
        }
        entry.bytes(batch);
        if (pointer != null) {
            if (pointer.length() != batch.length || pointer.crc32c() != crc32c(batch)) {
                return "the bytes are not those of the pointer that came with them";
            }
            ranges.offer(pointer, bytes);
        }
        return null;
    }

    private static int crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length);
        return (int) crc.getValue();
    }
}
