package io.narrows.cli.load;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/**
 * Bytes that one Kafka client exchanged with each node, from the client's own network metrics.
 *
 * @param zone of the client
 * @param nodeBytes in and out, by Kafka's node id (negative: the n-th bootstrap address)
 * @param batchBytes of batches that a producer sent, compressed, retries included; 0 for a consumer
 */
public record ClientTraffic(Role role, String zone, Map<Integer, Long> nodeBytes, long batchBytes) {
    private static final Set<String> BYTES = Set.of("incoming-byte-total", "outgoing-byte-total");
    private static final int COORDINATOR_IDS_FROM = Integer.MAX_VALUE - 1_000_000;

    public ClientTraffic {
        nodeBytes = Map.copyOf(nodeBytes);
    }

    /** What the client does. */
    public enum Role {
        PRODUCER,
        CONSUMER
    }

    static ClientTraffic of(Role role, String zone, Map<MetricName, ? extends Metric> metrics) {
        Map<Integer, Long> nodeBytes = new HashMap<>();
        long batchBytes = 0;
        for (Map.Entry<MetricName, ? extends Metric> metric : metrics.entrySet()) {
            if (!(metric.getValue().metricValue() instanceof Double value)) {
                continue;
            }
            MetricName name = metric.getKey();
            String node = name.tags().get("node-id");
            if (node != null && BYTES.contains(name.name())) {
                nodeBytes.merge(nodeId(node), value.longValue(), Long::sum);
            } else if (name.group().equals("producer-topic-metrics")
                    && name.name().equals("byte-total")) {
                batchBytes += value.longValue();
            }
        }
        return new ClientTraffic(role, zone, nodeBytes, batchBytes);
    }

    /** {@code node-3}; a connection to a group coordinator has an id of its own, counted from the largest down. */
    private static int nodeId(String tag) {
        int id = Integer.parseInt(tag.substring("node-".length()));
        return id > COORDINATOR_IDS_FROM ? Integer.MAX_VALUE - id : id;
    }
}
