package io.narrows.bench.load;

import io.narrows.bench.verify.Ledger;
import io.narrows.bench.verify.RecordStamp.Slab;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What producers and readers of one run share. Thread-safe. */
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
    private final CountDownLatch producing;
    private final long endNanos;
    private final List<ClientTraffic> traffic = new ArrayList<>();
    private volatile boolean stopped;

    RunState(LoadPlan plan, int producers) {
        this.plan = plan;
        this.producers = producers;
        this.ledger = new Ledger(producers, plan.partitions());
        this.slab = Slab.of(plan.runId(), plan.shape().payload(), plan.shape().recordBytes());
        this.producing = new CountDownLatch(producers);
        this.endNanos = Pace.nowNanos() + plan.duration().toNanos();
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
        Pace.Course course = new Pace.Course(plan.rate().curve(), endNanos - durationNanos, durationNanos);
        return new Pace(plan.rate().recordsPerSecond(plan.shape().recordBytes(), producers), course);
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

    void producerEnded() {
        producing.countDown();
    }

    /** Waits for the producers; false when they did not end in time. */
    boolean awaitProducers(long timeoutMs) throws InterruptedException {
        return producing.await(timeoutMs, TimeUnit.MILLISECONDS);
    }

    boolean producersEnded() {
        return producing.getCount() == 0;
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
