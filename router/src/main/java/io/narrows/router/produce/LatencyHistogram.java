package io.narrows.router.produce;

import com.codahale.metrics.ExponentiallyDecayingReservoir;
import com.codahale.metrics.Histogram;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A histogram that besides its sample of the recent minutes counts everything since the start, so that the difference
 * between two {@link #counts()} is exactly what happened between them. Thread-safe.
 */
public final class LatencyHistogram extends Histogram {
    private final AtomicLongArray counts = new AtomicLongArray(LatencyCounts.BUCKETS);

    LatencyHistogram() {
        super(new ExponentiallyDecayingReservoir());
    }

    /** A latency in nanoseconds; {@link #counts()} has microseconds. */
    @Override
    public void update(long nanos) {
        super.update(nanos);
        counts.incrementAndGet(LatencyCounts.bucket(TimeUnit.NANOSECONDS.toMicros(nanos)));
    }

    /** Everything since the start. */
    public LatencyCounts counts() {
        long[] copy = new long[LatencyCounts.BUCKETS];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = counts.get(i);
        }
        return LatencyCounts.of(copy);
    }
}
