package io.narrows.broker.kafka;

import com.yammer.metrics.core.Meter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import kafka.server.ApiRequestHandler;
import kafka.server.KafkaRequestHandler;
import org.apache.kafka.common.utils.KafkaThread;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.metrics.KafkaMetricsGroup;

/**
 * Kafka's request handler threads on the relay's channel. Built one by one, because a stock pool would put its meters
 * under the names of the broker's own pool. Owns its threads.
 */
final class RelayHandlerThreads implements AutoCloseable {
    private static final String IDLE = "RelayHandlerAvgIdlePercent";

    private final KafkaMetricsGroup metrics = new KafkaMetricsGroup("io.narrows.broker", "RelayHandlerThreads");
    private final Map<String, String> tags;
    private final List<KafkaRequestHandler> handlers = new ArrayList<>();

    RelayHandlerThreads(int brokerId, RelayRequestChannel channel, ApiRequestHandler apis, Time time, int threadCount) {
        tags = Map.of("broker", Integer.toString(brokerId));
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

    @Override
    public void close() {
        handlers.forEach(KafkaRequestHandler::initiateShutdown);
        handlers.forEach(KafkaRequestHandler::awaitShutdown);
        metrics.removeMetric(IDLE, tags);
    }
}
