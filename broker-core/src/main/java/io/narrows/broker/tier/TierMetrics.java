package io.narrows.broker.tier;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Metrics of copies to segment objects, and of reads from them. Thread-safe. */
public final class TierMetrics {
    private static final String PREFIX = "narrows.tier.";

    private final Counter copiedSegments;
    private final Counter copiedBytes;
    private final Counter linkedBytes;
    private final Counter parts;
    private final Counter failedCopies;
    private final Counter deletedSegments;
    private final Counter sweptCopies;
    private final Counter orphanParts;
    private final Counter readBytes;
    private final Counter readAheadBlocks;
    private final Counter rolledSegments;
    private final Counter skippedRecords;
    private final Timer copyTime;

    public TierMetrics(MetricRegistry registry) {
        copiedSegments = registry.counter(PREFIX + "copied.segments");
        copiedBytes = registry.counter(PREFIX + "copied.bytes");
        linkedBytes = registry.counter(PREFIX + "copied.from.links.bytes");
        parts = registry.counter(PREFIX + "copied.parts");
        failedCopies = registry.counter(PREFIX + "failed.copies");
        deletedSegments = registry.counter(PREFIX + "deleted.segments");
        sweptCopies = registry.counter(PREFIX + "swept.copies");
        orphanParts = registry.counter(PREFIX + "orphan.parts");
        readBytes = registry.counter(PREFIX + "read.bytes");
        readAheadBlocks = registry.counter(PREFIX + "read.ahead.blocks");
        rolledSegments = registry.counter(PREFIX + "rolled.segments");
        skippedRecords = registry.counter(PREFIX + "copied.records.skipped");
        copyTime = registry.timer(PREFIX + "copy.time");
    }

    public static List<MetricRule> rules() {
        return List.of(
                MetricRule.of(PREFIX + "copied.segments", Kind.COUNTER, "Segments copied to segment objects."),
                MetricRule.of(PREFIX + "copied.bytes", Kind.COUNTER, "Bytes of batches in these segments."),
                MetricRule.of(
                        PREFIX + "copied.from.links.bytes",
                        Kind.COUNTER,
                        "Bytes of these batches that were read from WAL objects."),
                MetricRule.of(PREFIX + "copied.parts", Kind.COUNTER, "Parts of segment objects uploaded."),
                MetricRule.of(
                        PREFIX + "copied.records.skipped",
                        Kind.COUNTER,
                        "Records missing in segment objects, because narrows repair abandoned them."),
                MetricRule.of(PREFIX + "failed.copies", Kind.COUNTER, "Copies that failed. They are retried."),
                MetricRule.of(PREFIX + "copy.time", Kind.TIME, "Duration of a copy."),
                MetricRule.of(PREFIX + "deleted.segments", Kind.COUNTER, "Segment objects deleted."),
                MetricRule.of(
                        PREFIX + "swept.copies",
                        Kind.COUNTER,
                        "Unfinished copies of failed leaders that were deleted."),
                MetricRule.of(
                        PREFIX + "orphan.parts",
                        Kind.COUNTER,
                        "Unreferenced parts of segment objects that were deleted."),
                MetricRule.of(PREFIX + "read.bytes", Kind.COUNTER, "Bytes read from segment objects."),
                MetricRule.of(PREFIX + "read.ahead.blocks", Kind.COUNTER, "Blocks fetched ahead of readers."),
                MetricRule.of(
                        PREFIX + "rolled.segments",
                        Kind.COUNTER,
                        "Segments rolled because of the age of their oldest link."));
    }

    void copied(long bytes, long fromLinks, int partCount, long nanos) {
        copiedSegments.inc();
        copiedBytes.inc(bytes);
        linkedBytes.inc(fromLinks);
        parts.inc(partCount);
        copyTime.update(nanos, TimeUnit.NANOSECONDS);
    }

    void copyFailed() {
        failedCopies.inc();
    }

    void deleted() {
        deletedSegments.inc();
    }

    void orphans(int deletedParts) {
        orphanParts.inc(deletedParts);
    }

    /** A segment was copied without these records. */
    void skippedRecords(long records) {
        skippedRecords.inc(records);
    }

    public void swept() {
        sweptCopies.inc();
    }

    public void rolled() {
        rolledSegments.inc();
    }

    void read(long bytes) {
        readBytes.inc(bytes);
    }

    void readAhead(int blocks) {
        readAheadBlocks.inc(blocks);
    }
}
