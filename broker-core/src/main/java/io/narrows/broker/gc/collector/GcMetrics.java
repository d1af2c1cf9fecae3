package io.narrows.broker.gc.collector;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Metrics of garbage collection; gauges are 0 on brokers that are not the collector. Written by the collector's loop. */
public final class GcMetrics {
    private static final String PREFIX = "narrows.gc.";

    private final Counter deletedObjects;
    private final Counter deletedBytes;
    private final Map<Outcome, Counter> rounds = new EnumMap<>(Outcome.class);
    private final AtomicLong referencedObjects = new AtomicLong();
    private final AtomicLong referencedBytes = new AtomicLong();
    private final AtomicLong deadObjects = new AtomicLong();
    private final AtomicLong oldestMs = new AtomicLong();
    private final AtomicLong silentBrokers = new AtomicLong();
    private final AtomicLong waitingSinceMs = new AtomicLong();

    /** How a round ended. */
    public enum Outcome {
        /** All brokers responded, and the unreferenced objects are deleted. */
        COMPLETE,
        /** A broker sent no reference report in time; nothing was deleted. */
        UNANSWERED,
        /** The object store failed. */
        FAILED,
        /** The bucket belongs to another cluster. */
        FOREIGN
    }

    public GcMetrics(MetricRegistry registry, LongSupplier wallMs) {
        deletedObjects = registry.counter(PREFIX + "deleted.objects");
        deletedBytes = registry.counter(PREFIX + "deleted.bytes");
        for (Outcome outcome : Outcome.values()) {
            rounds.put(outcome, registry.counter(PREFIX + "rounds." + label(outcome)));
        }
        gauge(registry, "referenced.objects", referencedObjects::get);
        gauge(registry, "referenced.bytes", referencedBytes::get);
        gauge(registry, "unreferenced.objects", deadObjects::get);
        gauge(registry, "unresponsive.brokers", silentBrokers::get);
        secondsGauge(registry, "oldest.object.age.seconds", () -> since(oldestMs.get(), wallMs));
        secondsGauge(registry, "stalled.seconds", () -> since(waitingSinceMs.get(), wallMs));
    }

    private static String label(Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT);
    }

    private static long since(long thenMs, LongSupplier wallMs) {
        return thenMs == 0 ? 0 : Math.max(0, wallMs.getAsLong() - thenMs);
    }

    private static void gauge(MetricRegistry registry, String name, LongSupplier value) {
        boolean unusedPresence = registry.remove(PREFIX + name);
        Gauge<Long> gauge = value::getAsLong;
        Gauge<Long> unused = registry.register(PREFIX + name, gauge);
    }

    private static void secondsGauge(MetricRegistry registry, String name, LongSupplier valueMs) {
        boolean unusedPresence = registry.remove(PREFIX + name);
        Gauge<Double> gauge = () -> valueMs.getAsLong() / 1e3;
        Gauge<Double> unused = registry.register(PREFIX + name, gauge);
    }

    public static List<MetricRule> rules() {
        return List.of(
                MetricRule.of(PREFIX + "rounds", Kind.COUNTER, "Rounds of garbage collection, by outcome.", "outcome"),
                MetricRule.of(PREFIX + "deleted.objects", Kind.COUNTER, "WAL objects deleted."),
                MetricRule.of(PREFIX + "deleted.bytes", Kind.COUNTER, "Bytes of these objects."),
                MetricRule.of(
                        PREFIX + "referenced.objects",
                        Kind.GAUGE,
                        "WAL objects older than the grace period that are kept. 0 on brokers other than the collector."),
                MetricRule.of(PREFIX + "referenced.bytes", Kind.GAUGE, "Bytes of these objects."),
                MetricRule.of(
                        PREFIX + "unreferenced.objects",
                        Kind.GAUGE,
                        "Unreferenced WAL objects that are not deleted yet."),
                MetricRule.of(PREFIX + "oldest.object.age.seconds", Kind.GAUGE, "Age of the oldest kept WAL object."),
                MetricRule.of(
                        PREFIX + "unresponsive.brokers",
                        Kind.GAUGE,
                        "Registered brokers that sent no reference report in the last round. While there is one, nothing is "
                                + "deleted."),
                MetricRule.of(
                        PREFIX + "stalled.seconds",
                        Kind.GAUGE,
                        "Time since rounds stopped completing. 0 if the last round was complete."));
    }

    void ended(Outcome outcome, long nowMs) {
        Counter counter = rounds.get(outcome);
        if (counter != null) {
            counter.inc();
        }
        if (outcome == Outcome.COMPLETE) {
            waitingSinceMs.set(0);
            silentBrokers.set(0);
        } else {
            boolean unused = waitingSinceMs.compareAndSet(0, nowMs);
        }
    }

    void silent(int brokers) {
        silentBrokers.set(brokers);
    }

    void dead(long objects) {
        deadObjects.set(objects);
    }

    void deleted(long objects, long bytes) {
        deletedObjects.inc(objects);
        deletedBytes.inc(bytes);
        long unused = deadObjects.addAndGet(-objects);
    }

    void kept(long objects, long bytes, long oldest) {
        referencedObjects.set(objects);
        referencedBytes.set(bytes);
        oldestMs.set(oldest);
    }

    /** Another broker is the collector. */
    void idle() {
        kept(0, 0, 0);
        dead(0);
        silent(0);
        waitingSinceMs.set(0);
    }
}
