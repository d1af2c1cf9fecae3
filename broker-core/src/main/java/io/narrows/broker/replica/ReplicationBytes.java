package io.narrows.broker.replica;

import io.narrows.relay.metrics.LabeledValues;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.jspecify.annotations.Nullable;

/**
 * What this broker's replica fetchers received from leaders and sent to them, by the leaders' zones: read from the
 * fetchers' own network counters, at each scrape. Thread-safe.
 */
public final class ReplicationBytes implements MetricsReporter {
    private static final String KIND = "replication";
    private static final String RECEIVED = "incoming-byte-total";
    private static final String SENT = "outgoing-byte-total";

    private final String zone;
    private final IntFunction<@Nullable String> zoneOfBroker;
    private final Map<MetricName, KafkaMetric> live = new ConcurrentHashMap<>();
    private final Map<List<String>, Long> ended = new ConcurrentHashMap<>();
    private final Map<Integer, String> seenZones = new ConcurrentHashMap<>();

    /** {@code zoneOfBroker} is null for a broker that is not registered now, or has no zone. */
    public ReplicationBytes(String zone, IntFunction<@Nullable String> zoneOfBroker) {
        this.zone = zone.isEmpty() ? LabeledValues.UNKNOWN : zone;
        this.zoneOfBroker = zoneOfBroker;
    }

    /** By kind, from zone and to zone. */
    public Map<List<String>, Long> sums() {
        Map<List<String>, Long> sums = new HashMap<>(ended);
        live.forEach((name, metric) -> sums.merge(key(name), value(metric), Long::sum));
        return sums;
    }

    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public void init(List<KafkaMetric> metrics) {
        metrics.forEach(this::metricChange);
    }

    @Override
    public void metricChange(KafkaMetric metric) {
        MetricName name = metric.metricName();
        if (name.group().equals("replica-fetcher-metrics")
                && (name.name().equals(RECEIVED) || name.name().equals(SENT))
                && name.tags().containsKey("broker-id")) {
            live.put(name, metric);
        }
    }

    /** A fetcher that ends takes its counters with it; what they had counted stays. */
    @Override
    public void metricRemoval(KafkaMetric metric) {
        if (live.remove(metric.metricName()) != null) {
            ended.merge(key(metric.metricName()), value(metric), Long::sum);
        }
    }

    @Override
    public void close() {}

    private List<String> key(MetricName name) {
        String leader = leaderZone(Integer.parseInt(name.tags().getOrDefault("broker-id", "-1")));
        return name.name().equals(RECEIVED) ? List.of(KIND, leader, zone) : List.of(KIND, zone, leader);
    }

    /** A leader that was unregistered meanwhile is still where it was. */
    private String leaderZone(int leader) {
        String known = zoneOfBroker.apply(leader);
        if (known != null) {
            seenZones.put(leader, known);
        }
        return seenZones.getOrDefault(leader, LabeledValues.UNKNOWN);
    }

    private static long value(KafkaMetric metric) {
        return metric.metricValue() instanceof Double value ? value.longValue() : 0;
    }
}
