package io.narrows.router.upstream;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;

/**
 * Counters of the Kafka-protocol connections to brokers. Bytes are counted as they are on the wire, per zone and id of
 * the broker. Safe for use from any thread.
 */
public final class UpstreamMetrics {
    /** Connections that clients share, and those they have for themselves but for fetches. */
    public static final String SHARED = "upstream";

    /** Clients' fetch connections. */
    public static final String FETCH = "fetch";

    /** Followed by a dot, the broker's zone, a dot and its id. */
    public static final String SENT_BYTES = "sentBytes";

    /** Followed by a dot, the broker's zone, a dot and its id. */
    public static final String RECEIVED_BYTES = "receivedBytes";

    /** Of shared connections only. */
    public static final String THROTTLED_CLIENTS = "throttledClients";

    public static final String CONNECTIONS = "connections";
    public static final String CONNECTION_FAILURES = "connectionFailures";
    public static final String REQUEST_TIMEOUTS = "requestTimeouts";

    private final MetricRegistry registry;
    private final String prefix;
    private final Counter connections;
    private final Counter connectionFailures;
    private final Counter requestTimeouts;

    /** {@code prefix} is {@link #SHARED} or {@link #FETCH}. */
    public UpstreamMetrics(MetricRegistry registry, String prefix) {
        this.registry = registry;
        this.prefix = prefix;
        this.connections = registry.counter(MetricRegistry.name(prefix, CONNECTIONS));
        this.connectionFailures = registry.counter(MetricRegistry.name(prefix, CONNECTION_FAILURES));
        this.requestTimeouts = registry.counter(MetricRegistry.name(prefix, REQUEST_TIMEOUTS));
    }

    Counter sentBytes(BrokerAddress broker) {
        return registry.counter(MetricRegistry.name(prefix, SENT_BYTES, broker.zone(), String.valueOf(broker.id())));
    }

    Counter receivedBytes(BrokerAddress broker) {
        return registry.counter(
                MetricRegistry.name(prefix, RECEIVED_BYTES, broker.zone(), String.valueOf(broker.id())));
    }

    /** Clients that brokers throttled in the last minutes, and that have connections of their own therefore. */
    Counter throttledClients() {
        return registry.counter(MetricRegistry.name(prefix, THROTTLED_CLIENTS));
    }

    Counter connections() {
        return connections;
    }

    Counter connectionFailures() {
        return connectionFailures;
    }

    Counter requestTimeouts() {
        return requestTimeouts;
    }
}
