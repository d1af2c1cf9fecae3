package io.narrows.broker.tier;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What became segment objects, and what was read of them. Thread-safe. */
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
                MetricRule.of(PREFIX + "copied.segments", Kind.COUNTER, "Segments that became segment objects."),
                MetricRule.of(PREFIX + "copied.bytes", Kind.COUNTER, "Bytes of their batches."),
                MetricRule.of(
                        PREFIX + "copied.from.links.bytes",
                        Kind.COUNTER,
                        "Bytes of these that were read from WAL objects."),
                MetricRule.of(PREFIX + "copied.parts", Kind.COUNTER, "Parts of segment objects written."),
                MetricRule.of(
                        PREFIX + "copied.records.skipped",
                        Kind.COUNTER,
                        "Records that are not in segment objects, because narrows repair gave them up."),
                MetricRule.of(PREFIX + "failed.copies", Kind.COUNTER, "Copies that failed; they are tried again."),
                MetricRule.of(PREFIX + "copy.time", Kind.TIME, "From a copy's start to its end."),
                MetricRule.of(PREFIX + "deleted.segments", Kind.COUNTER, "Segment objects deleted."),
                MetricRule.of(
                        PREFIX + "swept.copies",
                        Kind.COUNTER,
                        "Copies of dead leaders that were never finished, deleted."),
                MetricRule.of(
                        PREFIX + "orphan.parts",
                        Kind.COUNTER,
                        "Parts of segment objects that nothing refers to any more, deleted."),
                MetricRule.of(PREFIX + "read.bytes", Kind.COUNTER, "Bytes read from segment objects."),
                MetricRule.of(PREFIX + "read.ahead.blocks", Kind.COUNTER, "Blocks asked for ahead of readers."),
                MetricRule.of(
                        PREFIX + "rolled.segments",
                        Kind.COUNTER,
                        "Segments closed because of the age of their oldest link."));
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
