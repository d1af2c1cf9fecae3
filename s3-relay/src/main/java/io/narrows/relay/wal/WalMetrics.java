package io.narrows.relay.wal;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
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
    /** Windows that were given up: deadline passed, or no room to wait for a PUT. */
    public static final String EXPIRED = "wal.windows.expired";
    /** Objects that became durable after their window was given up; nothing points to them. */
    public static final String ORPHANS = "wal.orphans";
    /** PUTs under way. */
    public static final String IN_FLIGHT = "wal.puts.in.flight";
    /** Windows that wait for a PUT. */
    public static final String QUEUED = "wal.windows.queued";

    private final Meter objects;
    private final Meter bytes;
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
        putLatency = registry.timer(PUT_LATENCY);
        putFailures = registry.meter(PUT_FAILURES);
        expired = registry.meter(EXPIRED);
        orphans = registry.meter(ORPHANS);
        inFlight = registry.counter(IN_FLIGHT);
        queued = registry.counter(QUEUED);
    }

    void putStarted() {
        inFlight.inc();
    }

    void putSucceeded(long objectBytes, int blockCount, long nanos) {
        inFlight.dec();
        objects.mark();
        bytes.mark(objectBytes);
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
