package io.narrows.relay.rpc;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Counters of one end of the relay. Bytes are counted as they are on the wire, per zone of the peer. Safe for use from
 * any thread.
 */
public final class RelayMetrics {
    /** Prefix of the proxy's end. */
    public static final String CLIENT = "relay.client";

    /** Prefix of the leader's end. */
    public static final String SERVER = "relay.server";

    /** Followed by a dot and the peer's zone. */
    public static final String SENT_BYTES = "sentBytes";

    /** Followed by a dot and the peer's zone. */
    public static final String RECEIVED_BYTES = "receivedBytes";

    public static final String CONNECTIONS = "connections";
    public static final String MALFORMED_FRAMES = "malformedFrames";
    public static final String ROUND_TRIP = "roundTrip";

    private final MetricRegistry registry;
    private final String prefix;
    private final Counter connections;
    private final Counter malformedFrames;
    private final Timer roundTrip;

    /** {@code prefix} is {@link #CLIENT} or {@link #SERVER}. */
    public RelayMetrics(MetricRegistry registry, String prefix) {
        this.registry = registry;
        this.prefix = prefix;
        this.connections = registry.counter(MetricRegistry.name(prefix, CONNECTIONS));
        this.malformedFrames = registry.counter(MetricRegistry.name(prefix, MALFORMED_FRAMES));
        this.roundTrip = registry.timer(MetricRegistry.name(prefix, ROUND_TRIP));
    }

    /** How the metrics of one end appear to Prometheus; {@code peers} are the other end, in words. */
    public static List<MetricRule> rules(String prefix, String peers) {
        return List.of(
                MetricRule.of(SENT_BYTES, Kind.COUNTER, "Relay bytes on the wire to " + peers + ".", "zone")
                        .in(prefix),
                MetricRule.of(RECEIVED_BYTES, Kind.COUNTER, "Relay bytes on the wire from " + peers + ".", "zone")
                        .in(prefix),
                MetricRule.of(CONNECTIONS, Kind.GAUGE, "Open relay connections.")
                        .in(prefix),
                MetricRule.of(MALFORMED_FRAMES, Kind.COUNTER, "Malformed frames from " + peers + ".")
                        .in(prefix),
                MetricRule.of(ROUND_TRIP, Kind.TIME, "Round-trip time of a relay ping.")
                        .in(prefix));
    }

    Counter sentBytes(String zone) {
        return registry.counter(MetricRegistry.name(prefix, SENT_BYTES, zone));
    }

    Counter receivedBytes(String zone) {
        return registry.counter(MetricRegistry.name(prefix, RECEIVED_BYTES, zone));
    }

    Counter connections() {
        return connections;
    }

    Counter malformedFrames() {
        return malformedFrames;
    }

    void roundTripNanos(long nanos) {
        roundTrip.update(nanos, TimeUnit.NANOSECONDS);
    }
}
