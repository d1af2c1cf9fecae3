package io.narrows.cli.load;

import io.narrows.cli.verify.Ledger;
import io.narrows.cli.verify.RecordStamp.Slab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What producers and readers of one run in this process share. Thread-safe. */
final class RunState {
    private static final long MAX_LATENCY_MICROS = TimeUnit.MINUTES.toMicros(10);

    private final LoadPlan plan;
    private final int producers;
    private final Ledger ledger;
    private final Slab slab;
    private final ErrorTally errors = new ErrorTally();
    private final Recorder latency = new Recorder(MAX_LATENCY_MICROS, 3);
    private final LongAdder records = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final Recorder endToEnd = new Recorder(MAX_LATENCY_MICROS, 3);
    private final CountDownLatch producing;
    private final long startNanos = Pace.nowNanos();
    private final long startMs = Pace.wallClockMs();
    private final long endNanos;
    private final List<ClientTraffic> traffic = new ArrayList<>();
    private volatile long endedNanos = startNanos;
    private volatile boolean elsewhereEnded;
    private volatile boolean stopped;

    /**
     * @param producers in all zones
     * @param here of them, those of this process
     */
    RunState(LoadPlan plan, int producers, int here) {
        this.plan = plan;
        this.producers = producers;
        this.ledger = new Ledger(producers, plan.partitions());
        this.slab = Slab.of(plan.runId(), plan.shape().payload(), plan.shape().recordBytes());
        this.producing = new CountDownLatch(here);
        this.elsewhereEnded = here == producers;
        this.endNanos = startNanos + plan.duration().toNanos();
    }

    Ledger ledger() {
        return ledger;
    }

    Slab slab() {
        return slab;
    }

    ErrorTally errors() {
        return errors;
    }

    Pace pace() {
        long durationNanos = plan.duration().toNanos();
        Pace.Course course = new Pace.Course(plan.rate().curve(), startNanos, durationNanos);
        return new Pace(
                plan.rate().recordsPerSecond(plan.shape().recordBytes(), producers),
                course,
                plan.producers().schedule());
    }

    boolean isProducingOver() {
        return stopped || Pace.nowNanos() - endNanos >= 0;
    }

    void stopProducing() {
        stopped = true;
    }

    void produced(long nanos, int recordBytes) {
        latency.recordValue(Math.min(TimeUnit.NANOSECONDS.toMicros(nanos), MAX_LATENCY_MICROS));
        records.increment();
        bytes.add(recordBytes);
    }

    /** The wall clock at this time. */
    long wallClockMs(long nanos) {
        return startMs + TimeUnit.NANOSECONDS.toMillis(nanos - startNanos);
    }

    /** A record was read this long after it had been due. */
    void read(long afterMs) {
        long micros = TimeUnit.MILLISECONDS.toMicros(Math.max(0, afterMs));
        endToEnd.recordValue(Math.min(micros, MAX_LATENCY_MICROS));
    }

    Histogram endToEnd() {
        return endToEnd.getIntervalHistogram();
    }

    void producerEnded() {
        endedNanos = Pace.nowNanos();
        producing.countDown();
    }

    /** Waits for the producers; false when they did not end in time. */
    boolean awaitProducers(long timeoutMs) throws InterruptedException {
        return producing.await(timeoutMs, TimeUnit.MILLISECONDS);
    }

    boolean producersEndedEverywhere() {
        return elsewhereEnded && producing.getCount() == 0;
    }

    /** From the start to the end of the producer of this process that ended last so far. */
    Duration producing() {
        return Duration.ofNanos(endedNanos - startNanos);
    }

    void elsewhereEnded() {
        elsewhereEnded = true;
    }

    /** Latencies since the last call, in microseconds. */
    Histogram drainLatency() {
        return latency.getIntervalHistogram();
    }

    long records() {
        return records.sum();
    }

    long bytes() {
        return bytes.sum();
    }

    void traffic(ClientTraffic client) {
        synchronized (traffic) {
            traffic.add(client);
        }
    }

    List<ClientTraffic> traffic() {
        synchronized (traffic) {
            return List.copyOf(traffic);
        }
    }
}
