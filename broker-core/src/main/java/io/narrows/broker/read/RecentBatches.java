package io.narrows.broker.read;

import io.narrows.broker.link.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.FileRecords;

/** The last batches of idempotent producers in the tail of a log, by their headers. Used by one thread. */
public final class RecentBatches {
    private final int perProducer;
    private final Map<Long, ArrayDeque<Batch>> byProducer = new HashMap<>();

    /** A data batch of an idempotent producer; a link stands for its batch. */
    public record Batch(short producerEpoch, int firstSequence, long firstOffset, long lastOffset, long maxTimestamp) {
        public int lastSequence() {
            long last = (long) firstSequence + (lastOffset - firstOffset);
            return (int) (last > Integer.MAX_VALUE ? last - Integer.MAX_VALUE - 1 : last);
        }
    }

    public RecentBatches(int perProducer) {
        this.perProducer = perProducer;
    }

    /** Looks at the batches from a position where one starts. Call it for older parts of the log first. */
    public void read(FileRecords file, int position) throws IOException {
        BatchCursor cursor = new BatchCursor(file, position, file.sizeInBytes());
        while (cursor.next()) {
            ByteBuffer buffer = cursor.buffer();
            int at = cursor.at();
            long producerId = BatchHeader.producerId(buffer, at);
            if (producerId >= 0 && !BatchHeader.isControl(buffer, at)) {
                add(
                        producerId,
                        new Batch(
                                BatchHeader.producerEpoch(buffer, at),
                                BatchHeader.baseSequence(buffer, at),
                                BatchHeader.baseOffset(buffer, at),
                                BatchHeader.lastOffset(buffer, at),
                                BatchHeader.maxTimestamp(buffer, at)));
            }
        }
    }

    private void add(long producerId, Batch batch) {
        ArrayDeque<Batch> batches = byProducer.computeIfAbsent(producerId, none -> new ArrayDeque<>());
        if (batches.size() == perProducer) {
            batches.removeFirst();
        }
        batches.addLast(batch);
    }

    /** The producer's last batches of this epoch, oldest first. */
    public List<Batch> of(long producerId, short producerEpoch) {
        List<Batch> batches = new ArrayList<>();
        for (Batch batch : byProducer.getOrDefault(producerId, new ArrayDeque<>())) {
            if (batch.producerEpoch() == producerEpoch) {
                batches.add(batch);
            }
        }
        return batches;
    }
}
