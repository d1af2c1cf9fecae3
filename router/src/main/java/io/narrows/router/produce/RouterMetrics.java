package io.narrows.router.produce;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.wal.FlushWindow.CloseReason;
import io.narrows.router.lane.Completion.Cause;
import io.narrows.router.lane.SentForm;
import io.narrows.router.policy.PathDecision;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Metrics of the produce path; names of sizes end in their unit, durations are in nanoseconds. Bytes on the wire by peer zone and direction are counted by the
 * relay connections themselves.
 */
public final class RouterMetrics {
    static final String PREFIX = "router.produce.";
    static final String BATCHES = PREFIX + "batches.count.";
    static final String BATCH_BYTES = PREFIX + "batches.bytes.";
    static final String ACK_LATENCY = PREFIX + "ack.latency.";
    static final String WINDOWS_BY_DECISION = PREFIX + "windows.decision.count.";
    static final String WINDOWS_BY_CLOSE = PREFIX + "windows.close.count.";
    static final String RESENDS = PREFIX + "resends.count";
    static final String LANE_STOPS = PREFIX + "lane.stops.count";
    static final String LATE_RESULTS = PREFIX + "late.results.count";
    static final String LATE_PUTS = PREFIX + "late.puts.count";
    static final String UNREADABLE = PREFIX + "unreadable.objects.count";
    static final String UNEXPECTED_RESULTS = PREFIX + "unexpected.results.count";
    static final String ENDED_BY_PROXY = PREFIX + "ended.by.proxy.count.";
    static final String LANES = PREFIX + "lanes.active.count";
    static final String HELD_BYTES = PREFIX + "held.bytes";
    static final String BYPASSED_BYTES = PREFIX + "bypassed.bytes";
    static final String FRAMES = PREFIX + "frames.count";

    final Counter resends;
    final Counter laneStops;
    final Counter lateResults;
    final Counter latePuts;
    final Counter unreadable;
    final Counter unexpectedResults;
    final Counter frames;
    final Counter bypassedBytes;

    private final Map<SentForm, Counter> batches = new EnumMap<>(SentForm.class);
    private final Map<SentForm, Counter> batchBytes = new EnumMap<>(SentForm.class);
    private final Map<SentForm, Histogram> ackLatency = new EnumMap<>(SentForm.class);
    private final Map<PathDecision, Counter> decisions = new EnumMap<>(PathDecision.class);
    private final Map<CloseReason, Counter> closes = new EnumMap<>(CloseReason.class);
    private final Map<Cause, Counter> endedByProxy = new EnumMap<>(Cause.class);

    RouterMetrics(MetricRegistry registry) {
        resends = registry.counter(RESENDS);
        laneStops = registry.counter(LANE_STOPS);
        lateResults = registry.counter(LATE_RESULTS);
        latePuts = registry.counter(LATE_PUTS);
        unreadable = registry.counter(UNREADABLE);
        unexpectedResults = registry.counter(UNEXPECTED_RESULTS);
        frames = registry.counter(FRAMES);
        bypassedBytes = registry.counter(BYPASSED_BYTES);
        for (SentForm form : SentForm.values()) {
            batches.put(form, registry.counter(BATCHES + metric(form)));
            batchBytes.put(form, registry.counter(BATCH_BYTES + metric(form)));
            ackLatency.put(form, registry.histogram(ackLatency(form), LatencyHistogram::new));
        }
        for (PathDecision decision : PathDecision.values()) {
            decisions.put(decision, registry.counter(WINDOWS_BY_DECISION + metric(decision)));
        }
        for (CloseReason reason : CloseReason.values()) {
            closes.put(reason, registry.counter(WINDOWS_BY_CLOSE + metric(reason)));
        }
        for (Cause cause : Cause.values()) {
            endedByProxy.put(cause, registry.counter(ENDED_BY_PROXY + metric(cause)));
        }
    }

    /** The name of the {@link LatencyHistogram} of batches sent in that form: from their arrival to the answer. */
    public static String ackLatency(SentForm form) {
        return ACK_LATENCY + metric(form);
    }

    static void gauges(MetricRegistry registry, Gauge<Integer> activeLanes, Gauge<Long> heldBytes) {
        Gauge<Integer> unusedLanes = registry.gauge(LANES, () -> activeLanes);
        Gauge<Long> unusedHeld = registry.gauge(HELD_BYTES, () -> heldBytes);
    }

    void window(PathDecision decision, CloseReason reason) {
        count(decisions, decision).inc();
        count(closes, reason).inc();
    }

    void acknowledged(SentForm form, long bytes, long tookNanos) {
        count(batches, form).inc();
        count(batchBytes, form).inc(bytes);
        Objects.requireNonNull(ackLatency.get(form)).update(tookNanos);
    }

    void endedByProxy(Cause cause) {
        count(endedByProxy, cause).inc();
    }

    /** Batches answered by a leader, by the form in which they were sent. */
    Map<SentForm, Long> batchesByForm() {
        Map<SentForm, Long> counts = new EnumMap<>(SentForm.class);
        batches.forEach((form, counter) -> counts.put(form, counter.getCount()));
        return counts;
    }

    private static <K extends Enum<K>> Counter count(Map<K, Counter> counters, K key) {
        return Objects.requireNonNull(counters.get(key));
    }

    private static String metric(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
