package io.narrows.broker.log;

import io.narrows.broker.read.RecentBatches;
import java.io.File;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.BatchMetadata;
import org.apache.kafka.storage.internals.log.LogOffsetMetadata;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogSegments;
import org.apache.kafka.storage.internals.log.OffsetIndex;
import org.apache.kafka.storage.internals.log.ProducerAppendInfo;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;

/**
 * A log's memory of each producer's last five batches, which outlives a restart and a truncation. Kafka's snapshots have
 * the last batch only: a leader whose state came from one takes the others, which clients send again, for a gap, and
 * idempotent producers then start a new epoch and write them twice. Under the log's lock, as Kafka's own.
 */
final class RestoringProducerStateManager extends ProducerStateManager {
    /** What is read at most of a log's end when it is loaded; links and small batches of many producers fit in. */
    private static final int TAIL_BYTES = 4 << 20;

    /** Kafka's own map is read under the log's lock only. */
    private final Set<Long> known = ConcurrentHashMap.newKeySet();

    RestoringProducerStateManager(
            TopicPartition partition,
            File directory,
            int maxTransactionTimeoutMs,
            ProducerStateManagerConfig config,
            Time time)
            throws IOException {
        super(partition, directory, maxTransactionTimeoutMs, config, time);
    }

    /** Whether the producer has a state here. For any thread. */
    boolean knows(long producerId) {
        return known.contains(producerId);
    }

    @Override
    public void loadProducerEntry(ProducerStateEntry entry) {
        super.loadProducerEntry(entry);
        known.add(entry.producerId());
    }

    @Override
    public void update(ProducerAppendInfo appendInfo) {
        super.update(appendInfo);
        known.add(appendInfo.producerId());
    }

    @Override
    public void removeExpiredProducers(long currentTimeMs) {
        super.removeExpiredProducers(currentTimeMs);
        forgetOthers();
    }

    @Override
    public void truncateFullyAndStartAt(long offset) throws IOException {
        super.truncateFullyAndStartAt(offset);
        forgetOthers();
    }

    private void forgetOthers() {
        known.retainAll(activeProducers().keySet());
    }

    /**
     * Truncates as Kafka does: back to the last snapshot, from which on the caller reads the log again. What came before
     * the snapshot and was known is known afterwards.
     */
    @Override
    public void truncateAndReload(long logStartOffset, long logEndOffset, long currentTimeMs) throws IOException {
        Map<Long, ProducerStateEntry> before = Map.copyOf(activeProducers());
        super.truncateAndReload(logStartOffset, logEndOffset, currentTimeMs);
        forgetOthers();
        for (ProducerStateEntry entry : List.copyOf(activeProducers().values())) {
            ProducerStateEntry then = before.get(entry.producerId());
            if (then != null && then != entry && then.producerEpoch() == entry.producerEpoch()) {
                remember(
                        entry,
                        then.batchMetadata().stream()
                                .filter(batch -> batch.lastOffset() <= entry.lastDataOffset())
                                .toList());
            }
        }
    }

    /** Reads the headers at the end of a log that has been loaded. */
    void restore(LogSegments segments) throws IOException {
        if (activeProducers().isEmpty()) {
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
        for (ProducerStateEntry entry : List.copyOf(activeProducers().values())) {
            remember(entry, recent.of(entry.producerId(), entry.producerEpoch()));
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

    /** Gives the entry more batches than it knows, oldest first, if the newest is the one it knows as the newest. */
    private void remember(ProducerStateEntry entry, List<BatchMetadata> batches) {
        List<BatchMetadata> own = List.copyOf(entry.batchMetadata());
        if (own.isEmpty() || batches.size() <= own.size()) {
            return;
        }
        BatchMetadata last = own.get(own.size() - 1);
        BatchMetadata newest = batches.get(batches.size() - 1);
        if (newest.lastOffset() != last.lastOffset() || newest.lastSeq() != last.lastSeq()) {
            return;
        }
        OptionalLong transaction = entry.currentTxnFirstOffset();
        loadProducerEntry(new ProducerStateEntry(
                entry.producerId(),
                entry.producerEpoch(),
                entry.coordinatorEpoch(),
                entry.lastTimestamp(),
                transaction));
        ProducerAppendInfo replay = prepareUpdate(entry.producerId(), AppendOrigin.REPLICATION);
        for (BatchMetadata batch : batches) {
            replay.appendDataBatch(
                    entry.producerEpoch(),
                    batch.firstSeq(),
                    batch.lastSeq(),
                    batch.timestamp(),
                    new LogOffsetMetadata(batch.firstOffset()),
                    batch.lastOffset(),
                    transaction.isPresent());
        }
        update(replay);
    }
}
