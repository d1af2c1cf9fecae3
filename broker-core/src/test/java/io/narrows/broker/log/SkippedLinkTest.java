package io.narrows.broker.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.read.AnswerRecords;
import io.narrows.relay.pointer.Pointer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What readers of a log get in the place of a batch whose data is lost. */
final class SkippedLinkTest {
    private static final long T0 = 1_700_000_000_000L;

    @TempDir
    Path directory;

    private LogFixture logs;
    private HybridLog log;
    private Pointer lost;

    /** Offset 0 inline, 1 to 3 in the lost batch of a transaction, 4 a link, 5 inline. */
    @BeforeEach
    void loseOneObject() throws Exception {
        logs = new LogFixture(directory);
        log = logs.open("t");
        LogFixture.appendInline(log, 100);
        lost = logs.appendLink(
                log,
                MemoryRecords.withTransactionalRecords(
                        Compression.NONE,
                        7L,
                        (short) 3,
                        0,
                        new SimpleRecord(T0, null, new byte[500]),
                        new SimpleRecord(T0 + 10, null, new byte[500]),
                        new SimpleRecord(T0 + 20, null, new byte[500])));
        logs.appendLink(log, 1000);
        LogFixture.appendInline(log, 100);
        log.updateHighWatermark(log.logEndOffset());
        logs.store.delete(List.of(lost.object().key())).join();
        logs.parts.forgetAll();
    }

    @AfterEach
    void close() throws Exception {
        logs.close();
    }

    @Test
    void withoutARecordTheReaderStopsBeforeTheLostBatch() throws Exception {
        assertThat(offsets(read(0))).containsExactly(0L);
        assertThatThrownBy(() -> read(1)).hasCauseInstanceOf(KafkaStorageException.class);
    }

    @Test
    void aSkippedBatchIsAnEmptyOneWithTheSameOffsetsProducerAndTransaction() throws Exception {
        logs.skipped.add(lost);

        MemoryRecords records = read(0);

        assertThat(offsets(records)).containsExactly(0L, 4L, 5L);
        List<MutableRecordBatch> batches = new ArrayList<>();
        records.batches().forEach(batches::add);
        MutableRecordBatch empty = batches.get(1);
        empty.ensureValid();
        assertThat(empty.baseOffset()).isEqualTo(1);
        assertThat(empty.lastOffset()).isEqualTo(3);
        assertThat(empty.nextOffset()).isEqualTo(4);
        assertThat(empty.countOrNull()).isZero();
        assertThat(empty.producerId()).isEqualTo(7);
        assertThat(empty.producerEpoch()).isEqualTo((short) 3);
        assertThat(empty.baseSequence()).isZero();
        assertThat(empty.lastSequence()).isEqualTo(2);
        assertThat(empty.isTransactional()).isTrue();
        assertThat(empty.isControlBatch()).isFalse();
        assertThat(empty.maxTimestamp()).isEqualTo(T0 + 20);
        assertThat(empty.partitionLeaderEpoch()).isZero();
        assertThat(logs.parts.count(1, "records.skipped")).isEqualTo(3);
    }

    @Test
    void aReaderThatAsksForTheLostOffsetsComesPastThem() throws Exception {
        logs.skipped.add(lost);
        assertThat(offsets(read(2))).containsExactly(4L, 5L);
    }

    @Test
    void theLogKeepsTheLinkAndFollowersGetIt() throws Exception {
        long size = log.size();
        logs.skipped.add(lost);
        assertThat(log.read(1, 1, FetchIsolation.LOG_END, true)
                        .records
                        .batches()
                        .iterator()
                        .next()
                        .countOrNull())
                .as("one record, that of the link")
                .isEqualTo(1);
        assertThat(log.size()).isEqualTo(size);
        assertThat(logs.links.references().account().refersTo(lost.object())).isTrue();
    }

    @Test
    void aSearchByTimestampGoesOnBehindTheSkippedBatch() throws Exception {
        logs.skipped.add(lost);
        Pointer next = logs.appendLink(
                log, MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(T0 + 30, null, new byte[500])));
        log.updateHighWatermark(log.logEndOffset());
        assertThat(next).isNotNull();
        assertThat(LogFixture.find(log, T0 + 5)).contains(6L);
    }

    private MemoryRecords read(long offset) throws Exception {
        FetchDataInfo read = log.read(offset, 1 << 20, FetchIsolation.HIGH_WATERMARK, true);
        if (read.delayedRemoteStorageFetch.isPresent()) {
            read = get(read);
        }
        if (read.records instanceof MemoryRecords inMemory) {
            return inMemory;
        } else if (read.records instanceof AnswerRecords answer) {
            return answer.onHeap();
        }
        return ((org.apache.kafka.common.record.internal.FileRecords) read.records).sizeInBytes() == 0
                ? MemoryRecords.EMPTY
                : copied((org.apache.kafka.common.record.internal.FileRecords) read.records);
    }

    private static MemoryRecords copied(org.apache.kafka.common.record.internal.FileRecords file) throws Exception {
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(file.sizeInBytes());
        file.readInto(bytes, 0);
        return MemoryRecords.readableRecords(bytes);
    }

    private FetchDataInfo get(FetchDataInfo open) throws InterruptedException, ExecutionException {
        try {
            return log.reader().resolve(open.delayedRemoteStorageFetch.get()).get(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("the read did not end", e);
        }
    }

    /** Of the records behind the offset that was asked for, as a client does. */
    private static List<Long> offsets(MemoryRecords records) {
        List<Long> offsets = new ArrayList<>();
        for (Record each : records.records()) {
            offsets.add(each.offset());
        }
        return offsets;
    }
}
