package io.narrows.broker.log;

import io.narrows.broker.link.CorruptLinkException;
import io.narrows.broker.read.Answer;
import io.narrows.broker.read.AnswerRecords;
import io.narrows.broker.read.FetchedAnswers;
import io.narrows.broker.read.ReadPlan;
import io.narrows.broker.read.ReadServices.Age;
import io.narrows.broker.read.SkippedLinks;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.LogOffsetMetadata;
import org.apache.kafka.storage.internals.log.RemoteStorageFetchInfo;
import org.jspecify.annotations.Nullable;

/**
 * Consumer reads of a {@link HybridLog} that has links: serves them from memory immediately, or hands Kafka's asynchronous remote
 * read door a request that {@link #resolve} fulfils. Thread-safe, no state of its own.
 */
public final class HybridReader {
    private final HybridLog log;
    private final LinkServices services;

    HybridReader(HybridLog log, LinkServices services) {
        this.log = log;
        this.services = services;
    }

    FetchDataInfo read(long startOffset, int maxLength, FetchIsolation isolation, boolean minOneMessage)
            throws IOException {
        FetchDataInfo stock = log.readAsIs(startOffset, Math.max(maxLength, 1), isolation);
        LogOffsetMetadata position = log.real(stock.fetchOffsetMetadata);
        if (!(stock.records instanceof FileRecords file)) {
            return new FetchDataInfo(position, stock.records, stock.firstEntryIncomplete, stock.abortedTransactions);
        }
        ReadPlan plan = plan(file, maxLength, minOneMessage, skipped(startOffset));
        if (plan.pieces().isEmpty()) {
            return new FetchDataInfo(position, MemoryRecords.EMPTY, true, stock.abortedTransactions);
        }
        if (!plan.hasLinks()) {
            // Still sent from the file without a copy.
            return new FetchDataInfo(position, file.slice(0, plan.fileBytes()), false, stock.abortedTransactions);
        }
        Answer cached = cached(plan, age(stock));
        if (cached != null) {
            services.metrics().skippedRecords(plan.skippedRecords());
            return new FetchDataInfo(position, FetchedAnswers.made(cached), false, stock.abortedTransactions);
        }
        RemoteReadMarker.mark();
        return new FetchDataInfo(
                position,
                MemoryRecords.EMPTY,
                false,
                stock.abortedTransactions,
                Optional.of(request(startOffset, plan.realBytes(), isolation)));
    }

    private RemoteStorageFetchInfo request(long startOffset, int realBytes, FetchIsolation isolation) {
        TopicIdPartition partition = new TopicIdPartition(log.topicId().orElse(Uuid.ZERO_UUID), log.topicPartition());
        return new RemoteStorageFetchInfo(
                realBytes,
                true,
                partition,
                new FetchRequest.PartitionData(
                        partition.topicId(), startOffset, log.logStartOffset(), realBytes, Optional.empty()),
                isolation);
    }

    /**
     * Fulfils a request made by {@link #read}. What lies below the high watermark does not change, so the plan is simply
     * made again. Fails with an {@link ApiException}, a retriable one unless a link is damaged.
     */
    public CompletableFuture<FetchDataInfo> resolve(RemoteStorageFetchInfo request) {
        FetchDataInfo stock;
        ReadPlan plan;
        try {
            stock = log.readAsIs(request.fetchInfo().fetchOffset, request.fetchMaxBytes(), request.fetchIsolation());
            if (!(stock.records instanceof FileRecords file)) {
                return CompletableFuture.completedFuture(stock);
            }
            plan = plan(file, request.fetchMaxBytes(), true, skipped(request.fetchInfo().fetchOffset));
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(translate(e));
        }
        CompletableFuture<Answer> read = services.resolver().resolve(plan, age(stock));
        return cancelling(read, read.handle((answer, failure) -> {
            if (failure != null) {
                throw translate(failure);
            }
            services.metrics().skippedRecords(plan.skippedRecords());
            return new FetchDataInfo(
                    log.real(stock.fetchOffsetMetadata), new AnswerRecords(answer), false, stock.abortedTransactions);
        }));
    }

    /** Cancelling the result ends the read; an answer that comes in spite of that is released. */
    private static <T> CompletableFuture<T> cancelling(CompletableFuture<Answer> read, CompletableFuture<T> result) {
        CompletableFuture<?> unused = result.whenComplete((done, failure) -> {
            if (result.isCancelled() && !read.cancel(false) && !read.isCompletedExceptionally()) {
                boolean unusedRelease = read.getNow(null).release();
            }
        });
        return result;
    }

    /**
     * The one batch that contains {@code offset}, read whatever the high watermark and the log start are; from its segment object if the range
     * behind its link can not be read any more.
     */
    CompletableFuture<MemoryRecords> batchAt(long offset) {
        CompletableFuture<MemoryRecords> local = localBatchAt(offset);
        Tiering.CopiedReads copied = services.tiering().copied();
        return copied == null || !log.remoteLogEnabled() || offset > log.highestOffsetInRemoteStorage()
                ? local
                : local.exceptionallyCompose(failure -> copied.read(request(offset, 1, FetchIsolation.HIGH_WATERMARK))
                        .thenApply(data -> (MemoryRecords) data.records));
    }

    private CompletableFuture<MemoryRecords> localBatchAt(long offset) {
        try {
            FetchDataInfo stock = log.readBatchAsIs(offset);
            if (!(stock.records instanceof FileRecords file)) {
                return CompletableFuture.completedFuture(MemoryRecords.EMPTY);
            }
            ReadPlan plan = plan(file, 1, true, skipped(offset));
            Answer cached = cached(plan, age(stock));
            if (cached != null) {
                return CompletableFuture.completedFuture(new AnswerRecords(cached).onHeap());
            }
            CompletableFuture<Answer> read = services.resolver().resolve(plan, age(stock));
            return cancelling(read, read.handle((answer, failure) -> {
                if (failure != null) {
                    throw translate(failure);
                }
                return new AnswerRecords(answer).onHeap();
            }));
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(translate(e));
        }
    }

    private Age age(FetchDataInfo stock) {
        return stock.fetchOffsetMetadata.segmentBaseOffset
                        >= log.activeSegment().baseOffset()
                ? Age.RECENT
                : Age.OLD;
    }

    /** What is copied is not lost: a read that fails here goes to the segment object. */
    private SkippedLinks skipped(long offset) {
        boolean isCopied = services.tiering().copied() != null
                && log.remoteLogEnabled()
                && offset <= log.highestOffsetInRemoteStorage();
        return isCopied ? SkippedLinks.NONE : services.skipped();
    }

    private ReadPlan plan(FileRecords file, int maxLength, boolean minOneMessage, SkippedLinks skipped)
            throws IOException {
        try {
            return ReadPlan.of(file, maxLength, minOneMessage, skipped);
        } catch (CorruptLinkException e) {
            throw translate(e);
        }
    }

    private @Nullable Answer cached(ReadPlan plan, Age age) throws IOException {
        try {
            return services.resolver().cached(plan, age);
        } catch (CorruptLinkException e) {
            throw translate(e);
        }
    }

    /** Into what a consumer understands: a failing object store is a retriable storage error. */
    private ApiException translate(Throwable failure) {
        Throwable cause = Failures.unwrap(failure);
        if (cause instanceof ApiException known) {
            return known;
        }
        if (cause instanceof CorruptLinkException) {
            services.metrics().corruptLink();
            return new CorruptRecordException("Corrupt link in " + log.topicPartition() + ": " + cause.getMessage());
        }
        return new KafkaStorageException(
                "Could not read data of " + log.topicPartition() + " from the object store", cause);
    }
}
