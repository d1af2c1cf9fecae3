package io.narrows.broker.log;

import io.narrows.broker.gc.BrokerReferences.Claim;
import io.narrows.broker.gc.LogReferences;
import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.link.StagedPointers.Outcome;
import io.narrows.broker.link.StagedPointers.Staged;
import io.narrows.broker.read.LogicalSizes;
import io.narrows.relay.pointer.Pointer;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.storage.internals.log.LoadedLogOffsets;
import org.apache.kafka.storage.internals.log.LocalLog;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogSegments;
import org.apache.kafka.storage.internals.log.SegmentDeletionReason;
import org.jspecify.annotations.Nullable;

/**
 * The local segments of a {@link HybridLog}, and the place where a link takes the place of a data batch: after
 * validation and the assignment of offset and epoch, before the bytes reach the segment. Guarded by the lock of the log,
 * like the stock class.
 */
final class HybridLocalLog extends LocalLog {
    /**
     * A file in the partition's directory that is durable before the first link is written. What was flushed of a log
     * without it holds no links, and is not read when the log is loaded.
     */
    static final String LINKS_MARKER = "narrows-links";

    /** Set by the thread that appends for the duration of the append: the place where its batch was staged. */
    private static final ThreadLocal<@Nullable Staged> EXPECTED = new ThreadLocal<>();

    private final LinkServices services;
    private final LogReferences references;
    private final LogicalSizes sizes;
    private final SegmentSummaries summaries;

    /** Set before the first link is written and never cleared while the log is open. */
    private volatile boolean marked;

    private volatile OldestLink oldestLink = new OldestLink(-1, -1);

    private record OldestLink(long segment, long atMs) {}

    HybridLocalLog(
            LogOpening opening,
            LogOwner owner,
            LogSegments segments,
            LoadedLogOffsets offsets,
            TopicPartition partition)
            throws IOException {
        super(
                opening.dir(),
                opening.config(),
                segments,
                offsets.recoveryPoint(),
                offsets.nextOffsetMetadata(),
                owner.environment().scheduler(),
                owner.environment().time(),
                partition,
                owner.environment().logDirFailureChannel());
        services = owner.links();
        references = services.references().open(partition.toString());
        sizes = new LogicalSizes(references);
        marked = Files.exists(marker(opening.dir()));
        summaries = new SegmentSummaries(this::dir, sizes);
        if (marked || !opening.lastShutdownClean()) {
            SegmentSummaries.Loaded loaded = summaries.load(
                    segments, new SegmentSummaries.Trust(marked, opening.lastShutdownClean(), opening.recoveryPoint()));
            services.metrics().loaded(loaded.read(), loaded.restored());
            if (!sizes.isEmpty()) {
                mark();
            }
        }
    }

    LogicalSizes sizes() {
        return sizes;
    }

    /**
     * Whether bytes of this log that were read before this call may hold links. Ask after a read, never before it: the
     * first link can be written, and committed, between a question and a read.
     */
    boolean mayHoldLinks() {
        return marked;
    }

    /** Whether a batch of a client may become a link here now. */
    boolean takesLinks() {
        return services.gate().open(topicPartition().topic())
                && services.references().isReady()
                && !config().compact
                && (!config().remoteStorageEnable() || services.tiering().resolvesLinks())
                && !InternalTopics.contain(topicPartition().topic());
    }

    /** Until {@link #expectNothing()}, the calling thread's append may use this pointer. */
    void expect(Staged staged) {
        EXPECTED.set(staged);
    }

    void expectNothing() {
        EXPECTED.remove();
    }

    @Override
    public void append(long lastOffset, MemoryRecords records) throws IOException {
        Staged staged = EXPECTED.get();
        if (staged == null) {
            write(lastOffset, records);
            return;
        }
        try (Claim claim = services.references().claim(staged.pointer().object())) {
            write(lastOffset, substitute(staged, records, claim));
        }
    }

    private void write(long lastOffset, MemoryRecords written) throws IOException {
        ByteBuffer bytes = written.buffer();
        if (!marked && hasLinks(bytes)) {
            mark();
        }
        LogSegment segment = segments().activeSegment();
        int position = segment.size();
        super.append(lastOffset, written);
        sizes.appended(segment.baseOffset(), position, bytes);
        if (oldestLink.segment != segment.baseOffset() && sizes.hasLinks(segment.baseOffset())) {
            oldestLink = new OldestLink(segment.baseOffset(), services.clock().wallTimeMs());
        }
    }

    /** When the first link of the active segment came, by this broker's clock; -1 without links. */
    long oldestLinkMs() {
        LogSegment active = segments().activeSegment();
        OldestLink known = oldestLink;
        if (known.segment == active.baseOffset()) {
            return known.atMs;
        }
        // It was there when the log was loaded: at most as young as the last write.
        return sizes.hasLinks(active.baseOffset()) ? active.log().file().lastModified() : -1;
    }

    private MemoryRecords substitute(Staged staged, MemoryRecords records, Claim claim) {
        ByteBuffer batch = records.buffer();
        Pointer pointer = staged.pointer();
        if (!takesLinks()) {
            services.metrics().stagedRefused();
        } else if (!claim.isGranted()) {
            services.metrics().stagedLate();
        } else if (!isStagedBatch(staged, batch)) {
            services.metrics().stagedChanged();
        } else {
            ByteBuffer link = LinkBatch.write(batch, batch.position(), pointer);
            services.metrics().linked(link.remaining(), pointer.length());
            staged.appendedAs(Outcome.LINKED);
            return MemoryRecords.readableRecords(link);
        }
        staged.appendedAs(Outcome.INLINE);
        return records;
    }

    /** Validation may have changed the bytes: another compression, or the log's own timestamps. */
    private static boolean isStagedBatch(Staged staged, ByteBuffer batch) {
        int at = batch.position();
        int length = staged.pointer().length();
        return batch.remaining() == length
                && BatchHeader.isPlausible(batch, at)
                && BatchHeader.size(batch, at) == length
                && BatchHeader.crc(batch, at) == staged.batchCrc()
                && !BatchHeader.isControl(batch, at)
                && !LinkBatch.isLink(batch, at);
    }

    private static boolean hasLinks(ByteBuffer batches) {
        for (int at = batches.position(); BatchHeader.isPlausible(batches, at); at += BatchHeader.size(batches, at)) {
            if (LinkBatch.isLink(batches, at)) {
                return true;
            }
        }
        return false;
    }

    private void mark() throws IOException {
        Path marker = marker(dir());
        if (!Files.exists(marker)) {
            Files.createFile(marker);
            // Durable before the first link is: an unclean restart does not search a log without the marker.
            Utils.flushDirIfExists(dir().toPath());
        }
        marked = true;
    }

    private static Path marker(File dir) {
        return dir.toPath().resolve(LINKS_MARKER);
    }

    @Override
    public void flush(long offset) throws IOException {
        super.flush(offset);
        if (marked) {
            summaries.writeClosed(segments());
        }
    }

    @Override
    public void close() {
        super.close();
        if (marked) {
            summaries.writeAll(segments());
        }
    }

    @Override
    public Collection<LogSegment> truncateTo(long targetOffset) throws IOException {
        Collection<LogSegment> deleted = super.truncateTo(targetOffset);
        followSegments();
        return deleted;
    }

    @Override
    public List<LogSegment> truncateFullyAndStartAt(long newOffset) {
        List<LogSegment> deleted = super.truncateFullyAndStartAt(newOffset);
        try {
            followSegments();
        } catch (IOException e) {
            throw new KafkaStorageException("Could not read the sizes of " + topicPartition(), e);
        }
        return deleted;
    }

    @Override
    public void removeAndDeleteSegments(
            Collection<LogSegment> segmentsToDelete, boolean asyncDelete, SegmentDeletionReason reason)
            throws IOException {
        super.removeAndDeleteSegments(segmentsToDelete, asyncDelete, reason);
        followSegments();
    }

    /** The files are gone; nothing here refers to any object. */
    void deleted() {
        services.references().close(references);
    }

    private void followSegments() throws IOException {
        Map<Long, Integer> left = new HashMap<>();
        segments().values().forEach(segment -> left.put(segment.baseOffset(), segment.size()));
        for (long baseOffset : sizes.retain(left)) {
            sizes.load(baseOffset, segments().get(baseOffset).orElseThrow().log());
        }
        summaries.follow(segments());
    }
}
