package io.narrows.broker.append;

import com.yammer.metrics.core.Meter;
import com.yammer.metrics.core.MetricName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kafka.server.ApiRequestHandler;
import kafka.server.KafkaRequestHandler;
import org.apache.kafka.common.utils.KafkaThread;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.metrics.KafkaMetricsGroup;
import org.apache.kafka.server.metrics.KafkaYammerMetrics;

/**
 * Kafka's request handler threads on the relay's channel. Built one by one, because a stock pool would put its meters
 * under the names of the broker's own pool. Owns its threads.
 */
public final class RelayHandlerThreads implements AutoCloseable {
    private static final String GROUP = "io.narrows.broker";
    private static final String TYPE = "RelayHandlerThreads";
    private static final String IDLE = "RelayHandlerAvgIdlePercent";

    private final KafkaMetricsGroup metrics = new KafkaMetricsGroup(GROUP, TYPE);
    private final Map<String, String> tags;
    private final List<KafkaRequestHandler> handlers = new ArrayList<>();

    RelayHandlerThreads(int brokerId, RelayRequestChannel channel, ApiRequestHandler apis, Time time, int threadCount) {
        tags = tags(brokerId);
        Meter idle = metrics.newMeter(IDLE, "percent", TimeUnit.NANOSECONDS, tags);
        // Each thread marks the meter twice, once as the pool's and once as the broker's total.
        AtomicInteger threads = new AtomicInteger(2 * threadCount);
        for (int i = 0; i < threadCount; i++) {
            KafkaRequestHandler handler =
                    new KafkaRequestHandler(i, brokerId, idle, threads, idle, threads, channel, apis, time, "broker");
            handlers.add(handler);
            KafkaThread.daemon("narrows-relay-handler-" + brokerId + "-" + i, handler)
                    .start();
        }
    }

    /** The name of the meter of a broker's threads: their idle share. */
    public static MetricName idleMetric(int brokerId) {
        return KafkaYammerMetrics.getMetricName(GROUP, TYPE, IDLE, new LinkedHashMap<>(tags(brokerId)));
    }

    private static Map<String, String> tags(int brokerId) {
        return Map.of("broker", Integer.toString(brokerId));
    }

    @Override
    public void close() {
        handlers.forEach(KafkaRequestHandler::initiateShutdown);
        handlers.forEach(KafkaRequestHandler::awaitShutdown);
        metrics.removeMetric(IDLE, tags);
    }
}
