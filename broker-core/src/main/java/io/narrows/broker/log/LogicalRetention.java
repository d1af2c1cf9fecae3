package io.narrows.broker.log;

import io.narrows.broker.tier.TierServices;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogStartOffsetIncrementReason;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retention of a {@link HybridLog} that has links, in real bytes: moves the start of the log, or of its local part, to the first
 * segment to be kept, and stock code then deletes what lies before it. Its own retention by size sees the links' own bytes, which
 * is never more. Called by the thread of Kafka's log retention; no state of its own.
 */
final class LogicalRetention {
    private static final Logger LOG = LoggerFactory.getLogger(LogicalRetention.class);

    private final HybridLog log;
    private final LinkServices services;

    LogicalRetention(HybridLog log, LinkServices services) {
        this.log = log;
        this.services = services;
    }

    /** Whether segments are copied, so that local retention has limits of its own. */
    private boolean copies() {
        return log.remoteLogEnabled() && !log.config().remoteLogCopyDisable();
    }

    void apply() throws IOException {
        if (copies()) {
            rollIfOld();
            retainLocal(UnifiedLog.localRetentionSize(log.config(), true));
        } else if (log.config().delete) {
            retain(log.config().retentionSize);
        }
    }

    /** Links keep WAL objects alive until their segment is closed and copied, on every replica. */
    private void rollIfOld() throws IOException {
        TierServices tier = services.tiering().services();
        if (tier == null || !services.tiering().resolvesLinks()) {
            return;
        }
        long ageMs = log.ageOfOldestLinkMs(services.clock().wallTimeMs());
        if (ageMs >= 0 && tier.settings().roll().due(ageMs, log.realSize(log.activeSegment()))) {
            log.rollNow();
            tier.metrics().rolled();
        }
    }

    private void retain(long retentionBytes) {
        if (retentionBytes < 0) {
            return;
        }
        long startOffset = firstToKeep(retentionBytes, Long.MAX_VALUE);
        if (startOffset > log.logStartOffset()
                && log.maybeIncrementLogStartOffset(startOffset, LogStartOffsetIncrementReason.SegmentDeletion)) {
            LOG.atInfo()
                    .addKeyValue("partition", log.topicPartition())
                    .addKeyValue("logStartOffset", startOffset)
                    .addKeyValue("retentionBytes", retentionBytes)
                    .log("Increased the log start offset because of retention.bytes");
        }
    }

    private void retainLocal(long retentionBytes) {
        if (retentionBytes < 0) {
            return;
        }
        long startOffset = firstToKeep(retentionBytes, log.highestOffsetInRemoteStorage() + 1);
        if (startOffset > log.localLogStartOffset()) {
            log.maybeIncrementLocalLogStartOffset(startOffset, LogStartOffsetIncrementReason.SegmentDeletion);
            LOG.atInfo()
                    .addKeyValue("partition", log.topicPartition())
                    .addKeyValue("localLogStartOffset", startOffset)
                    .addKeyValue("localRetentionBytes", retentionBytes)
                    .log("Increased the local log start offset because of local.retention.bytes");
        }
    }

    /** Base offset of the first segment that the limit does not cover; the oldest segments are deleted first. */
    private long firstToKeep(long retentionBytes, long upTo) {
        List<LogSegment> segments = log.logSegments();
        // Sizes of one list: what a truncation removes between two looks would otherwise count as excess.
        long[] sizes = segments.stream().mapToLong(log::realSize).toArray();
        long excess = LongStream.of(sizes).sum() - retentionBytes;
        long startOffset = -1;
        for (int i = 0; i + 1 < segments.size() && excess > 0; i++) {
            long nextBaseOffset = segments.get(i + 1).baseOffset();
            excess -= sizes[i];
            if (excess < 0 || nextBaseOffset > Math.min(log.highWatermark(), upTo)) {
                break;
            }
            startOffset = nextBaseOffset;
        }
        return startOffset;
    }
}
