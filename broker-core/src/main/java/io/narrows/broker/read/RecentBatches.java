package io.narrows.broker.read;

import io.narrows.broker.link.BatchHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.storage.internals.log.BatchMetadata;

/** The last batches of idempotent producers in the tail of a log, by their headers. Used by one thread. */
public final class RecentBatches {
    private final int perProducer;
    private final Map<Long, ArrayDeque<Batch>> byProducer = new HashMap<>();

    private record Batch(short producerEpoch, BatchMetadata metadata) {}

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
                add(producerId, new Batch(BatchHeader.producerEpoch(buffer, at), metadata(buffer, at)));
            }
        }
    }

    /** A link stands for its batch. */
    private static BatchMetadata metadata(ByteBuffer buffer, int at) {
        long lastOffset = BatchHeader.lastOffset(buffer, at);
        int offsetDelta = (int) (lastOffset - BatchHeader.baseOffset(buffer, at));
        int lastSequence = DefaultRecordBatch.incrementSequence(BatchHeader.baseSequence(buffer, at), offsetDelta);
        return new BatchMetadata(lastSequence, lastOffset, offsetDelta, BatchHeader.maxTimestamp(buffer, at));
    }

    private void add(long producerId, Batch batch) {
        ArrayDeque<Batch> batches = byProducer.computeIfAbsent(producerId, none -> new ArrayDeque<>());
        if (batches.size() == perProducer) {
            batches.removeFirst();
        }
        batches.addLast(batch);
    }

    /** The producer's last batches of this epoch, oldest first. */
    public List<BatchMetadata> of(long producerId, short producerEpoch) {
        return byProducer.getOrDefault(producerId, new ArrayDeque<>()).stream()
                .filter(batch -> batch.producerEpoch() == producerEpoch)
                .map(Batch::metadata)
                .toList();
    }
}
