package io.narrows.broker.kafka;

import io.narrows.broker.read.RecentBatches;
import io.narrows.broker.read.RecentBatches.Batch;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogOffsetMetadata;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogSegments;
import org.apache.kafka.storage.internals.log.OffsetIndex;
import org.apache.kafka.storage.internals.log.ProducerAppendInfo;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;

/**
 * Gives a log that was loaded its memory of each producer's last five batches. Kafka's snapshots have the last one only:
 * when all brokers go at once, a leader takes the others, which clients send again, for a gap, and idempotent producers
 * then start a new epoch and write them twice. Stateless; used while a log is opened.
 */
final class ProducerMemory {
    /** What is read at most of a log's end; links and small batches of many producers fit in. */
    private static final int TAIL_BYTES = 4 << 20;

    private ProducerMemory() {}

    static void restore(ProducerStateManager producers, LogSegments segments) throws IOException {
        if (producers.activeProducers().isEmpty()) {
            return;
        }
        RecentBatches recent = new RecentBatches(ProducerStateEntry.NUM_BATCHES_TO_RETAIN);
        List<LogSegment> all = List.copyOf(segments.values());
        ArrayDeque<LogSegment> tail = new ArrayDeque<>();
        int bytes = 0;
        for (int i = all.size() - 1; i >= 0 && bytes < TAIL_BYTES; i--) {
            tail.addFirst(all.get(i));
            bytes += all.get(i).size();
        }
        for (LogSegment segment : tail) {
            recent.read(segment.log(), startOfTail(segment));
        }
        for (ProducerStateEntry entry : List.copyOf(producers.activeProducers().values())) {
            restore(producers, entry, recent.of(entry.producerId(), entry.producerEpoch()));
        }
    }

    /** A position from which on there are at most about that many bytes, and where a batch starts. */
    private static int startOfTail(LogSegment segment) throws IOException {
        OffsetIndex index = segment.offsetIndex();
        for (int i = index.entries() - 1; i >= 0; i--) {
            int position = index.entry(i).position();
            if (segment.size() - position >= TAIL_BYTES) {
                return position;
            }
        }
        return 0;
    }

    private static void restore(ProducerStateManager producers, ProducerStateEntry entry, List<Batch> batches) {
        List<BatchMetadata> known = List.copyOf(entry.batchMetadata());
        if (known.isEmpty() || batches.size() <= known.size()) {
            return;
        }
        BatchMetadata last = known.get(known.size() - 1);
        Batch newest = batches.get(batches.size() - 1);
        if (newest.lastOffset() != last.lastOffset() || newest.lastSequence() != last.lastSeq()) {
            return;
        }
        OptionalLong transaction = entry.currentTxnFirstOffset();
        producers.loadProducerEntry(new ProducerStateEntry(
                entry.producerId(),
                entry.producerEpoch(),
                entry.coordinatorEpoch(),
                entry.lastTimestamp(),
                transaction));
        ProducerAppendInfo replay = producers.prepareUpdate(entry.producerId(), AppendOrigin.REPLICATION);
        for (Batch batch : batches) {
            replay.appendDataBatch(
                    batch.producerEpoch(),
                    batch.firstSequence(),
                    batch.lastSequence(),
                    batch.maxTimestamp(),
                    new LogOffsetMetadata(batch.firstOffset()),
                    batch.lastOffset(),
                    transaction.isPresent());
        }
        producers.update(replay);
    }
}
