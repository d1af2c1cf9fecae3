package io.narrows.relay.wal;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.narrows.relay.metrics.BucketHistogram;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a WAL writer counts. For any thread. */
public final class WalMetrics {
    /** Objects that became durable. */
    public static final String OBJECTS = "wal.objects";
    /** Bytes of these objects, with header and footer. */
    public static final String BYTES = "wal.bytes";
    /** Batches in these objects. */
    public static final String BLOCKS = "wal.blocks";
    /** Time from the start of a PUT to its success. */
    public static final String PUT_LATENCY = "wal.put.latency";
    /** PUTs that the object store reported as failed. */
    public static final String PUT_FAILURES = "wal.put.failures";
    /** Abandoned windows: deadline exceeded, or no room to wait for a PUT. */
    public static final String EXPIRED = "wal.windows.expired";
    /** Objects that became durable after their window was abandoned; no pointer refers to them. */
    public static final String ORPHANS = "wal.orphans";
    /** PUTs in flight. */
    public static final String IN_FLIGHT = "wal.puts.in.flight";
    /** Windows that wait for a PUT. */
    public static final String QUEUED = "wal.windows.queued";

    /** Sizes of objects that became durable. */
    public static final String OBJECT_BYTES = "wal.object.bytes";

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private final Meter objects;
    private final Meter bytes;
    private final BucketHistogram objectBytes;
    private final Meter blocks;
    private final Timer putLatency;
    private final Meter putFailures;
    private final Meter expired;
    private final Meter orphans;
    private final Counter inFlight;
    private final Counter queued;

    public WalMetrics(MetricRegistry registry) {
        objects = registry.meter(OBJECTS);
        bytes = registry.meter(BYTES);
        blocks = registry.meter(BLOCKS);
        objectBytes = registry.gauge(OBJECT_BYTES, WalMetrics::sizes);
        putLatency = registry.timer(PUT_LATENCY);
        putFailures = registry.meter(PUT_FAILURES);
        expired = registry.meter(EXPIRED);
        orphans = registry.meter(ORPHANS);
        inFlight = registry.counter(IN_FLIGHT);
        queued = registry.counter(QUEUED);
    }

    /** Around break-even and up to the largest flush window. */
    private static BucketHistogram sizes() {
        return new BucketHistogram(16 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, MIB, 2 * MIB, 4 * MIB, 8 * MIB);
    }

    /** How these metrics appear to Prometheus. */
    public static List<MetricRule> rules() {
        return List.of(
                MetricRule.of(OBJECTS, Kind.COUNTER, "WAL objects written."),
                MetricRule.of(BYTES, Kind.COUNTER, "Bytes of WAL objects written."),
                MetricRule.of(OBJECT_BYTES, Kind.HISTOGRAM, "Sizes of WAL objects written."),
                MetricRule.of(BLOCKS, Kind.COUNTER, "Batches in WAL objects written."),
                MetricRule.of(PUT_LATENCY, Kind.TIME, "Latency of PUTs of WAL objects."),
                MetricRule.of(PUT_FAILURES, Kind.COUNTER, "PUTs of WAL objects that failed."),
                MetricRule.of(EXPIRED, Kind.COUNTER, "Flush windows whose PUT exceeded its deadline."),
                MetricRule.of(ORPHANS, Kind.COUNTER, "Orphaned WAL objects, to which no pointer refers."),
                MetricRule.of(IN_FLIGHT, Kind.GAUGE, "PUTs in flight."),
                MetricRule.of(QUEUED, Kind.GAUGE, "Flush windows that wait for a PUT."));
    }

    void putStarted() {
        inFlight.inc();
    }

    void putSucceeded(long sizeBytes, int blockCount, long nanos) {
        inFlight.dec();
        objects.mark();
        bytes.mark(sizeBytes);
        objectBytes.record(sizeBytes);
        blocks.mark(blockCount);
        putLatency.update(nanos, TimeUnit.NANOSECONDS);
    }

    void putFailed() {
        inFlight.dec();
        putFailures.mark();
    }

    void orphaned() {
        orphans.mark();
    }

    void windowExpired() {
        expired.mark();
    }

    void windowQueued() {
        queued.inc();
    }

    void windowDequeued() {
        queued.dec();
    }
}
