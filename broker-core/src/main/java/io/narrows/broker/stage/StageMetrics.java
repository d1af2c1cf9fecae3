package io.narrows.broker.stage;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Metrics of the leader's staging. Thread-safe. */
final class StageMetrics {
    private static final String PREFIX = "narrows.stage.";

    /** Why a batch that could be linked is appended inline. */
    enum Inline {
        /** Below break-even. */
        POLICY,
        /** The circuit breaker is open. */
        BREAKER,
        /** Too many bytes wait for a PUT. */
        MEMORY,
        /** This batch's own PUT failed. */
        FAILED,
        /** This batch's own PUT took too long. */
        TIMEOUT,
        /** The writer had no room, or the broker stops. */
        REFUSED
    }

    private final MetricRegistry registry;
    private final Meter staged;
    private final Meter stagedBytes;
    private final Map<Inline, Meter> inline = new EnumMap<>(Inline.class);
    private final Counter windows;
    private final Counter probes;
    private final Counter breakerOpenings;
    private final Counter orphanWindows;
    private final Timer stagedIn;

    StageMetrics(MetricRegistry registry) {
        this.registry = registry;
        staged = registry.meter(PREFIX + "staged.batches");
        stagedBytes = registry.meter(PREFIX + "staged.bytes");
        for (Inline reason : Inline.values()) {
            inline.put(
                    reason,
                    registry.meter(PREFIX + "inline.batches." + reason.name().toLowerCase(Locale.ROOT)));
        }
        windows = registry.counter(PREFIX + "windows.count");
        probes = registry.counter(PREFIX + "probes.count");
        breakerOpenings = registry.counter(PREFIX + "circuit.breaker.openings");
        orphanWindows = registry.counter(PREFIX + "late_windows.count");
        stagedIn = registry.timer(PREFIX + "staged.time");
    }

    void gauges(LongSupplier parkedBytes, LongSupplier breakerOpen) {
        registry.gauge(PREFIX + "pending.bytes", () -> (Gauge<Long>) parkedBytes::getAsLong);
        registry.gauge(PREFIX + "circuit.breaker.open", () -> (Gauge<Long>) breakerOpen::getAsLong);
    }

    void staged(int bytes, long nanos) {
        staged.mark();
        stagedBytes.mark(bytes);
        stagedIn.update(nanos, TimeUnit.NANOSECONDS);
    }

    void inline(Inline reason) {
        Meter meter = inline.get(reason);
        if (meter != null) {
            meter.mark();
        }
    }

    void window() {
        windows.inc();
    }

    void probe() {
        probes.inc();
    }

    void breakerOpened() {
        breakerOpenings.inc();
    }

    /** A PUT succeeded after its deadline: nothing refers to its object. */
    void lateWindow() {
        orphanWindows.inc();
    }
}
