package io.narrows.cli.cluster;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.jspecify.annotations.Nullable;

/**
 * Reads a broker's own network counters: named in {@code metric.reporters}, it is handed every metric of the broker it
 * runs in. Instances register themselves under the cluster's token and the broker's id, since Kafka creates them.
 * Thread-safe.
 */
public final class BrokerCounters implements MetricsReporter {
    /** Broker setting that keeps clusters of one process apart. */
    static final String TOKEN_CONFIG = "bench.counters.token";

    private static final Map<String, BrokerCounters> INSTANCES = new ConcurrentHashMap<>();
    private static final Set<String> BYTES = Set.of("incoming-byte-total", "outgoing-byte-total");
    private static final Set<String> CONTROLLER_CHANNELS = Set.of(
            "raft-channel-metrics",
            "heartbeat-metrics",
            "forwarding-metrics",
            "alter-partition-metrics",
            "directory-assignments-metrics");

    private final Map<MetricName, KafkaMetric> live = new ConcurrentHashMap<>();
    private final Map<Integer, LongAdder> endedFetchers = new ConcurrentHashMap<>();
    private final LongAdder endedChannels = new LongAdder();

    /** The counters of a broker that has started; null before that. */
    static @Nullable BrokerCounters of(String token, int brokerId) {
        return INSTANCES.get(token + "/" + brokerId);
    }

    static void forget(String token) {
        INSTANCES.keySet().removeIf(key -> key.startsWith(token + "/"));
    }

    /** Bytes in and out between this broker's replica fetchers and the given leader. */
    long replicationBytes(int leaderId) {
        LongAdder ended = endedFetchers.get(leaderId);
        long sum = ended == null ? 0 : ended.sum();
        for (KafkaMetric metric : live.values()) {
            if (leaderOf(metric.metricName()) == leaderId) {
                sum += value(metric);
            }
        }
        return sum;
    }

    /** Bytes in and out between this broker and the controller. */
    long controllerBytes() {
        long sum = endedChannels.sum();
        for (KafkaMetric metric : live.values()) {
            if (CONTROLLER_CHANNELS.contains(metric.metricName().group())) {
                sum += value(metric);
            }
        }
        return sum;
    }

    @Override
    public void configure(Map<String, ?> configs) {
        INSTANCES.put(configs.get(TOKEN_CONFIG) + "/" + configs.get("broker.id"), this);
    }

    @Override
    public void init(List<KafkaMetric> metrics) {
        metrics.forEach(this::metricChange);
    }

    @Override
    public void metricChange(KafkaMetric metric) {
        MetricName name = metric.metricName();
        if (BYTES.contains(name.name()) && (leaderOf(name) >= 0 || CONTROLLER_CHANNELS.contains(name.group()))) {
            live.put(name, metric);
        }
    }

    /** A fetcher that ends takes its counters with it; what they had counted stays. */
    @Override
    public void metricRemoval(KafkaMetric metric) {
        if (live.remove(metric.metricName()) == null) {
            return;
        }
        int leader = leaderOf(metric.metricName());
        if (leader >= 0) {
            endedFetchers.computeIfAbsent(leader, id -> new LongAdder()).add(value(metric));
        } else {
            endedChannels.add(value(metric));
        }
    }

    @Override
    public void close() {}

    private static int leaderOf(MetricName name) {
        String leader = name.tags().get("broker-id");
        return name.group().equals("replica-fetcher-metrics") && leader != null ? Integer.parseInt(leader) : -1;
    }

    private static long value(KafkaMetric metric) {
        return metric.metricValue() instanceof Double value ? value.longValue() : 0;
    }
}
