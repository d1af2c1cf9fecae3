package io.narrows.broker.log;

import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.link.StagedPointers.Outcome;
import io.narrows.broker.link.StagedPointers.Staged;
import io.narrows.broker.read.LogicalSizes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.record.internal.FileRecords.TimestampAndOffset;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.AsyncOffsetReader;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogOffsetMetadata;
import org.apache.kafka.storage.internals.log.LogOffsetSnapshot;
import org.apache.kafka.storage.internals.log.LogOffsetsListener;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.OffsetResultHolder;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition's log: Kafka's own, in which a link batch may stand for a large data batch. Everything that looks at bytes
 * or sizes means the bytes behind the links; everything else is stock. Thread-safe like the stock class; owns its files as
 * the stock class does.
 */
public final class HybridLog extends UnifiedLog {
    private static final Logger LOG = LoggerFactory.getLogger(HybridLog.class);

    /**
     * Positions in a segment object have 31 bits. The rest is room for the batches of other threads that passed the check
     * at the same time.
     */
    private static final int MAX_SEGMENT_REAL_BYTES = Integer.MAX_VALUE - (256 << 20);

    private final HybridLocalLog local;
    private final LinkServices services;
    private final HybridReader reader;
    private final FollowerPrefetch prefetch;
    private final LogicalRetention retention;
    private final Object rollLock = new Object();
    /** The thread whose next question for the size is that of retention by link bytes, after retention by real bytes was done. */
    private volatile @Nullable Thread retentionThread;

    private volatile long copiedEndOffset = -1;

    HybridLog(LoadedLog parts, LogOpening opening, LogOwner owner) throws IOException {
        super(
                parts.offsets().logStartOffset(),
                parts.localLog(),
                owner.environment().brokerTopicStats(),
                owner.producerIdExpirationCheckIntervalMs(),
                parts.leaderEpochs(),
                parts.producers(),
                opening.topicId(),
                owner.remoteStorage(),
                LogOffsetsListener.NO_OP_OFFSETS_LISTENER);
        local = parts.localLog();
        services = owner.links();
        reader = new HybridReader(this, services);
        prefetch = new FollowerPrefetch(services);
        retention = new LogicalRetention(this, services);
    }

    /** Whether batches of the producer are here, or were and have expired lately. For any thread. */
    public boolean knowsProducer(long producerId) {
        return ((RestoringProducerStateManager) producerStateManager()).knows(producerId);
    }

    /** Whether a client's batch may be appended here as a link now; if not, staging it is in vain. */
    public boolean takesLinks() {
        return local.takesLinks();
    }

    public LogicalSizes sizes() {
        return local.sizes();
    }

    // ---- appending

    @Override
    public LogAppendInfo appendAsLeader(
            MemoryRecords records,
            int leaderEpoch,
            AppendOrigin origin,
            RequestLocal requestLocal,
            VerificationGuard verificationGuard,
            short transactionVersion) {
        if (origin != AppendOrigin.CLIENT) {
            return super.appendAsLeader(
                    records, leaderEpoch, origin, requestLocal, verificationGuard, transactionVersion);
        }
        if (LinkBatch.isAmong(records.buffer())) {
            // It could make consumers read any object.
            throw new InvalidRecordException("The batch has an attribute bit set that Kafka does not use");
        }
        tailMoved();
        rollIfFull(records.sizeInBytes());
        Staged staged = services.staged().take(records);
        if (staged == null) {
            LogAppendInfo info = super.appendAsLeader(
                    records, leaderEpoch, origin, requestLocal, verificationGuard, transactionVersion);
            services.metrics().inlined(1, info.validBytes());
            return info;
        }
        local.expect(staged);
        try {
            return super.appendAsLeader(
                    records, leaderEpoch, origin, requestLocal, verificationGuard, transactionVersion);
        } finally {
            local.expectNothing();
            if (staged.outcome() == Outcome.LINKED) {
                services.seedCache(staged.pointer(), records);
            }
        }
    }

    /** Kafka's own topics are not what readers of old data could disturb. */
    private void tailMoved() {
        if (!InternalTopics.contain(topicPartition().topic())) {
            services.reads().pace().tailMoved();
        }
    }

    /**
     * Appends what the leader sent, links as links. Where that is more real bytes than a segment may have it is appended
     * in parts, because Kafka appends one fetch to one segment.
     */
    @Override
    public LogAppendInfo appendAsFollower(MemoryRecords records, int leaderEpoch) {
        tailMoved();
        long realBytes = LogicalSizes.realBytes(records.buffer());
        LogAppendInfo info = null;
        for (ByteBuffer batches : LogicalSizes.split(records.buffer(), config().segmentSize())) {
            MemoryRecords part = MemoryRecords.readableRecords(batches);
            rollIfFull(LogicalSizes.realBytes(batches));
            LogAppendInfo next;
            try {
                next = super.appendAsFollower(part, leaderEpoch);
            } catch (RuntimeException e) {
                if (info == null) {
                    throw e;
                }
                LOG.atWarn()
                        .addKeyValue("partition", topicPartition())
                        .setCause(e)
                        .log("Appended a part of a fetch; the follower fetches the rest again");
                break;
            }
            if (next.validBytes() <= 0) {
                info = info == null ? next : info;
                break;
            }
            info = next;
        }
        if (realBytes != records.sizeInBytes()) {
            prefetch.onReplicated(records);
        }
        return info == null ? super.appendAsFollower(records, leaderEpoch) : info;
    }

    /** {@code segment.bytes} means real bytes; stock code only sees the links' own. */
    private void rollIfFull(long incomingBytes) {
        if (sizes().isEmpty()) {
            return;
        }
        synchronized (rollLock) {
            LogSegment active = activeSegment();
            long realBytes = active.size() + sizes().extra(active.baseOffset());
            int limit = Math.min(config().segmentSize(), MAX_SEGMENT_REAL_BYTES);
            if (active.size() > 0 && realBytes + incomingBytes > limit) {
                try {
                    roll();
                } catch (IOException e) {
                    throw new KafkaStorageException("Error while rolling the log of " + topicPartition(), e);
                }
            }
        }
    }

    /** Only the log cleaner calls this. It drops records without a key, and so would drop every link. */
    @Override
    public void replaceSegments(List<LogSegment> newSegments, List<LogSegment> oldSegments) throws IOException {
        for (LogSegment segment : oldSegments) {
            if (sizes().hasLinks(segment.baseOffset())) {
                throw new KafkaException("Refused to clean " + topicPartition() + ": it contains links to the "
                        + "object store, which compaction would destroy. Set cleanup.policy=delete again.");
            }
        }
        super.replaceSegments(newSegments, oldSegments);
    }

    // ---- reading

    @Override
    public FetchDataInfo read(long startOffset, int maxLength, FetchIsolation isolation, boolean minOneMessage)
            throws IOException {
        if (isolation == FetchIsolation.LOG_END) {
            FetchDataInfo stock = super.read(startOffset, maxLength, isolation, minOneMessage);
            return sizes().isEmpty() ? stock : GatheredLinks.of(stock);
        }
        prefetch.onConsumerRead();
        if (!mayHoldLinks()) {
            FetchDataInfo stock = super.read(startOffset, maxLength, isolation, minOneMessage);
            // Asked again after the read: the first link may have been committed since.
            if (!mayHoldLinks()) {
                return stock;
            }
        }
        return reader.read(startOffset, maxLength, isolation, minOneMessage);
    }

    /** Whether bytes that were read before this call may hold links; see {@link HybridLocalLog#mayHoldLinks}. */
    public boolean mayHoldLinks() {
        return local.mayHoldLinks();
    }

    /** As stock code reads, links and all. */
    FetchDataInfo readAsIs(long startOffset, int maxLength, FetchIsolation isolation) throws IOException {
        return super.read(startOffset, maxLength, isolation, true);
    }

    /** The batch with this offset as it is, whatever the high watermark and also below the start of the log. */
    FetchDataInfo readBatchAsIs(long offset) throws IOException {
        return local.read(offset, 1, true, local.logEndOffsetMetadata(), false);
    }

    public HybridReader reader() {
        return reader;
    }

    @Override
    public OffsetResultHolder fetchOffsetByTimestamp(long timestamp, Optional<AsyncOffsetReader> remoteReader) {
        boolean elsewhere = remoteLogEnabled() && timestamp >= 0;
        if (elsewhere || !TimestampSearch.concerns(timestamp)) {
            // With tiered storage stock code asks LinkRemoteLogManager, which comes back to searchLocal.
            return super.fetchOffsetByTimestamp(timestamp, remoteReader);
        }
        if (!mayHoldLinks()) {
            OffsetResultHolder stock = super.fetchOffsetByTimestamp(timestamp, remoteReader);
            if (!mayHoldLinks()) {
                return stock;
            }
        }
        return new TimestampSearch(this, services).find(timestamp, remoteReader);
    }

    /** The first record with the timestamp or a later one that is in local segments. */
    public CompletableFuture<Optional<TimestampAndOffset>> searchLocal(long timestamp) {
        return new TimestampSearch(this, services).first(timestamp, localLogStartOffset());
    }

    OffsetResultHolder fetchOffsetByTimestampAsIs(long timestamp, Optional<AsyncOffsetReader> remoteReader) {
        return super.fetchOffsetByTimestamp(timestamp, remoteReader);
    }

    /** {@code fetch.min.bytes} compares positions, which must be those of the real bytes. */
    @Override
    public LogOffsetSnapshot fetchOffsetSnapshot() throws IOException {
        LogOffsetSnapshot stock = super.fetchOffsetSnapshot();
        return sizes().isEmpty()
                ? stock
                : new LogOffsetSnapshot(
                        stock.logStartOffset(),
                        stock.logEndOffset(),
                        real(stock.highWatermark()),
                        real(stock.lastStableOffset()));
    }

    /** The log end stays as it is: it becomes the follower's fetch position, which is one of the file. */
    LogOffsetMetadata real(LogOffsetMetadata offset) {
        return offset.messageOffsetOnly()
                ? offset
                : new LogOffsetMetadata(
                        offset.messageOffset,
                        offset.segmentBaseOffset,
                        sizes().realPosition(offset.segmentBaseOffset, offset.relativePositionInSegment));
    }

    // ---- sizes and retention

    @Override
    public void delete() {
        super.delete();
        local.deleted();
    }

    /** Real bytes; link bytes once, for retention by size: what stock code asks after that is for a metric. */
    @Override
    public long size() {
        if (Thread.currentThread().equals(retentionThread)) {
            retentionThread = null;
            return super.size();
        }
        return super.size() + sizes().extra();
    }

    /**
     * The segment that ends with the offset is in the object store: from now on it is not one that is only here. Stock code
     * says so after the copy's metadata is there; retention that looks in between would count it in both places, and
     * delete a segment too many.
     */
    public void copied(long endOffset) {
        copiedEndOffset = Math.max(copiedEndOffset, endOffset);
    }

    @Override
    public long onlyLocalLogSegmentsSize() {
        long copied = Math.max(highestOffsetInRemoteStorage(), copiedEndOffset);
        return logSegments().stream()
                .filter(segment -> segment.baseOffset() >= copied)
                .mapToLong(this::realSize)
                .sum();
    }

    long realSize(LogSegment segment) {
        return segment.size() + sizes().extra(segment.baseOffset());
    }

    /** How old the oldest link in the active segment is; -1 without links. */
    long ageOfOldestLinkMs(long nowMs) {
        long since = local.oldestLinkMs();
        return since < 0 ? -1 : Math.max(0, nowMs - since);
    }

    void rollNow() throws IOException {
        synchronized (rollLock) {
            if (activeSegment().size() > 0) {
                roll();
            }
        }
    }

    @Override
    public int deleteOldSegments() throws IOException {
        if (sizes().isEmpty()) {
            return super.deleteOldSegments();
        }
        retention.apply();
        retentionThread = Thread.currentThread();
        try {
            return super.deleteOldSegments();
        } finally {
            retentionThread = null;
        }
    }
}
