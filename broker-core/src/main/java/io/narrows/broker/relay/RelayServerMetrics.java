package io.narrows.broker.relay;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.narrows.relay.rpc.RelayError;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Metrics of the relay server. Thread-safe. */
final class RelayServerMetrics {
    private static final String PREFIX = "narrows.relay.server.";

    private final MetricRegistry registry;
    private final Meter pointerEntries;
    private final Meter inlineEntries;
    private final Meter stagedInlineEntries;
    private final Meter receivedBytes;
    private final Meter fetchedBytes;
    private final Meter appended;
    private final Meter kafkaErrors;
    private final Meter produceRequests;
    private final Counter pauses;
    private final Counter fencedConnections;
    private final Timer ready;
    private final Timer answer;
    private final Map<RelayError, Meter> refusals = new EnumMap<>(RelayError.class);

    RelayServerMetrics(MetricRegistry registry) {
        this.registry = registry;
        pointerEntries = registry.meter(PREFIX + "entries.pointer");
        inlineEntries = registry.meter(PREFIX + "entries.inline");
        stagedInlineEntries = registry.meter(PREFIX + "entries.staged_inline");
        receivedBytes = registry.meter(PREFIX + "received.bytes");
        fetchedBytes = registry.meter(PREFIX + "fetched.bytes");
        appended = registry.meter(PREFIX + "appended.entries");
        kafkaErrors = registry.meter(PREFIX + "kafka.rejected.entries");
        produceRequests = registry.meter(PREFIX + "produce.requests");
        pauses = registry.counter(PREFIX + "paused.connections");
        fencedConnections = registry.counter(PREFIX + "fenced.connections");
        ready = registry.timer(PREFIX + "ready.time");
        answer = registry.timer(PREFIX + "response.time");
        for (RelayError error : RelayError.values()) {
            if (error != RelayError.NONE) {
                refusals.put(
                        error, registry.meter(PREFIX + "refused." + error.name().toLowerCase(java.util.Locale.ROOT)));
            }
        }
    }

    void gauges(LongSupplier memoryBytes, LongSupplier lanes, LongSupplier unanswered, LongSupplier waitingLoads) {
        gauge("memory.bytes", memoryBytes);
        gauge("lanes.count", lanes);
        gauge("entries.in.flight", unanswered);
        gauge("pointer.fetches.waiting", waitingLoads);
    }

    private void gauge(String name, LongSupplier value) {
        registry.gauge(PREFIX + name, () -> (Gauge<Long>) value::getAsLong);
    }

    void received(RelayEntry entry) {
        boolean bytes = entry.hasBytes();
        (entry.pointer() == null ? inlineEntries : bytes ? stagedInlineEntries : pointerEntries).mark();
        if (bytes) {
            receivedBytes.mark(entry.bytes().length);
        }
    }

    void fetched(int bytes) {
        fetchedBytes.mark(bytes);
    }

    void readyAfter(long nanos) {
        ready.update(nanos, TimeUnit.NANOSECONDS);
    }

    void produceRequests(int count) {
        produceRequests.mark(count);
    }

    void answered(short errorCode, long afterNanos) {
        (errorCode == 0 ? appended : kafkaErrors).mark();
        answer.update(afterNanos, TimeUnit.NANOSECONDS);
    }

    void refused(RelayError error) {
        Meter meter = refusals.get(error);
        if (meter != null) {
            meter.mark();
        }
    }

    void paused() {
        pauses.inc();
    }

    void fenced() {
        fencedConnections.inc();
    }
}
