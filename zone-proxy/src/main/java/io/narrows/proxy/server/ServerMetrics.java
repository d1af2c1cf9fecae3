package io.narrows.proxy.server;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;

/** Counts of the server; any thread. */
final class ServerMetrics {
    static final String PREFIX = "narrows.proxy.";
    static final String CONNECTIONS_OPEN = PREFIX + "connections.open";
    static final String CONNECTIONS_ACCEPTED = PREFIX + "connections.accepted.total";
    static final String CONNECTIONS_REFUSED = PREFIX + "connections.refused.total";
    static final String CONNECTIONS_FAILED = PREFIX + "connections.failed.total";
    static final String REQUEST_BYTES = PREFIX + "request.bytes.total";
    static final String RESPONSE_BYTES = PREFIX + "response.bytes.total";
    static final String REQUEST_TIME = PREFIX + "request.time.";

    final Counter connectionsOpen;
    final Counter connectionsAccepted;
    final Counter connectionsRefused;
    final Counter connectionsFailed;
    final Counter requestBytes;
    final Counter responseBytes;
    private final Map<ApiKeys, Timer> requestTime = new EnumMap<>(ApiKeys.class);

    ServerMetrics(MetricRegistry registry, Iterable<ApiKeys> served) {
        connectionsOpen = registry.counter(CONNECTIONS_OPEN);
        connectionsAccepted = registry.counter(CONNECTIONS_ACCEPTED);
        connectionsRefused = registry.counter(CONNECTIONS_REFUSED);
        connectionsFailed = registry.counter(CONNECTIONS_FAILED);
        requestBytes = registry.counter(REQUEST_BYTES);
        responseBytes = registry.counter(RESPONSE_BYTES);
        served.forEach(key -> requestTime.put(key, registry.timer(REQUEST_TIME + key.name.toLowerCase(Locale.ROOT))));
    }

    void answered(ApiKeys key, long nanos) {
        Timer timer = requestTime.get(key);
        if (timer != null) {
            timer.update(nanos, TimeUnit.NANOSECONDS);
        }
    }
}
