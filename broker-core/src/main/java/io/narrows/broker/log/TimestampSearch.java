package io.narrows.broker.log;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.record.internal.FileRecords.TimestampAndOffset;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.storage.internals.log.AsyncOffsetReadFutureHolder;
import org.apache.kafka.storage.internals.log.AsyncOffsetReader;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.OffsetResultHolder;
import org.apache.kafka.storage.internals.log.OffsetResultHolder.FileRecordsOrError;
import org.jspecify.annotations.Nullable;

/**
 * ListOffsets by timestamp in a log with links: candidate batches by their headers, whose maximum timestamps are exact, then
 * the records themselves, fetched without blocking. One search, used by the request's thread and then by those that
 * complete its reads.
 */
public final class TimestampSearch {
    private final HybridLog log;
    private final LinkServices services;

    TimestampSearch(HybridLog log, LinkServices services) {
        this.log = log;
        this.services = services;
    }

    /** Whether records have to be looked at; earliest, latest and the like are offsets that stock code knows. */
    static boolean concerns(long timestamp) {
        return timestamp >= 0 || timestamp == ListOffsetsRequest.MAX_TIMESTAMP;
    }

    OffsetResultHolder find(long timestamp, Optional<AsyncOffsetReader> remoteReader) {
        CompletableFuture<Optional<TimestampAndOffset>> found =
                timestamp == ListOffsetsRequest.MAX_TIMESTAMP ? latest(remoteReader) : first(timestamp, 0);
        if (found.isDone() && !found.isCompletedExceptionally()) {
            return new OffsetResultHolder(found.getNow(Optional.empty()));
        }
        CompletableFuture<FileRecordsOrError> task = new CompletableFuture<>();
        CompletableFuture<Void> job = new CompletableFuture<>();
        CompletableFuture<?> unused = found.whenComplete((result, failure) -> {
            task.complete(failure == null ? new FileRecordsOrError(Optional.empty(), result) : failed(failure));
            job.complete(null);
            if (remoteReader.orElse(null) instanceof OffsetReadCompletion waiting) {
                waiting.completeOffsetReads(log.topicPartition());
            }
        });
        return new OffsetResultHolder(Optional.empty(), Optional.of(new AsyncOffsetReadFutureHolder<>(job, task)));
    }

    public static FileRecordsOrError failed(Throwable failure) {
        Throwable cause = Failures.unwrap(failure);
        Exception exception = cause instanceof Exception known ? known : new KafkaStorageException(cause);
        return new FileRecordsOrError(Optional.of(exception), Optional.empty());
    }

    /** The first record at or after the log start with this timestamp or a later one. */
    CompletableFuture<Optional<TimestampAndOffset>> first(long timestamp, long fromOffset) {
        RecordBatch candidate;
        try {
            candidate = candidate(timestamp, Math.max(fromOffset, log.logStartOffset()));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(
                    new KafkaStorageException("Could not search " + log.topicPartition(), e));
        }
        if (candidate == null) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        long startOffset = log.logStartOffset();
        long nextOffset = candidate.nextOffset();
        return log.reader()
                .batchAt(Math.max(candidate.baseOffset(), startOffset))
                .thenApplyAsync(
                        batch -> in(batch, timestamp, startOffset),
                        services.reads().assembler())
                .thenCompose(found ->
                        found.isPresent() ? CompletableFuture.completedFuture(found) : first(timestamp, nextOffset))
                .exceptionallyCompose(failure -> {
                    // Retention deleted the candidate since it was found.
                    boolean isGone = Failures.unwrap(failure) instanceof OffsetOutOfRangeException
                            && log.logStartOffset() > startOffset;
                    return isGone ? first(timestamp, fromOffset) : CompletableFuture.failedFuture(failure);
                });
    }

    private @Nullable RecordBatch candidate(long timestamp, long fromOffset) throws IOException {
        for (LogSegment segment : log.logSegments()) {
            if (segment.largestTimestamp() < timestamp || segment.readNextOffset() <= fromOffset) {
                continue;
            }
            long indexed = Math.max(segment.timeIndex().lookup(timestamp).offset(), fromOffset);
            int position = segment.offsetIndex().lookup(indexed).position();
            for (RecordBatch batch : segment.log().batchesFrom(position)) {
                if (batch.maxTimestamp() >= timestamp && batch.lastOffset() >= fromOffset) {
                    return batch;
                }
            }
        }
        return null;
    }

    private static Optional<TimestampAndOffset> in(MemoryRecords records, long timestamp, long startOffset) {
        for (RecordBatch batch : records.batches()) {
            for (Record entry : batch) {
                if (entry.timestamp() >= timestamp && entry.offset() >= startOffset) {
                    return Optional.of(answer(entry, batch));
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Stock code finds the batch with the latest timestamp by its header, also if its records have been deleted; which record it
     * is, only the batch says.
     */
    private CompletableFuture<Optional<TimestampAndOffset>> latest(Optional<AsyncOffsetReader> remoteReader) {
        Optional<TimestampAndOffset> stock = log.fetchOffsetByTimestampAsIs(
                        ListOffsetsRequest.MAX_TIMESTAMP, remoteReader)
                .timestampAndOffsetOpt();
        if (stock.isEmpty()) {
            return CompletableFuture.completedFuture(stock);
        }
        return log.reader()
                .batchAt(stock.get().offset)
                .thenApplyAsync(
                        records -> {
                            for (RecordBatch batch : records.batches()) {
                                for (Record entry : batch) {
                                    if (entry.timestamp() == batch.maxTimestamp()) {
                                        return Optional.of(answer(entry, batch));
                                    }
                                }
                            }
                            return stock;
                        },
                        services.reads().assembler());
    }

    private static TimestampAndOffset answer(Record entry, RecordBatch batch) {
        return new TimestampAndOffset(
                entry.timestamp(),
                entry.offset(),
                Optional.of(batch.partitionLeaderEpoch()).filter(epoch -> epoch >= 0));
    }
}
