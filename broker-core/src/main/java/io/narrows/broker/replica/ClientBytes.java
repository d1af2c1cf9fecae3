package io.narrows.broker.replica;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.LabeledCounters;
import io.narrows.relay.metrics.LabeledCounters.Label;
import io.narrows.relay.metrics.LabeledValues;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import io.narrows.relay.metrics.ProcessMetrics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.replica.ClientMetadata;
import org.apache.kafka.server.storage.log.FetchParams;
import org.apache.kafka.server.storage.log.FetchPartitionData;
import scala.Tuple2;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Bytes of batches that this broker sends to consumers and receives from producers without a proxy. Counted once
 * for each partition of a request, not for each record. Thread-safe.
 */
public final class ClientBytes {
    static final String CONSUMED = "narrows.topic.consume.bytes";

    private static final String UNNAMED = "";

    private final String zone;
    private final LabeledCounters consumed = new LabeledCounters(
            new Label("topic", LabeledCounters.MANY),
            new Label("client_zone", LabeledCounters.FEW),
            new Label("same_zone", LabeledCounters.FEW));
    private final LabeledCounters zones = new LabeledCounters(
            new Label("kind", LabeledCounters.FEW),
            new Label("from_zone", LabeledCounters.FEW),
            new Label("to_zone", LabeledCounters.FEW));

    public ClientBytes(MetricRegistry registry, String zone) {
        this.zone = zone;
        LabeledCounters unusedTopics = registry.register(CONSUMED, consumed);
        LabeledCounters unusedZones = registry.register(ProcessMetrics.ZONE_BYTES + ".clients", zones);
    }

    public static List<MetricRule> rules() {
        return List.of(MetricRule.of(
                CONSUMED,
                Kind.COUNTER,
                "Bytes of batches sent to consumers, by topic, by the consumer's zone (client.rack), and by whether that is "
                        + "the broker's zone.",
                "topic",
                "client_zone",
                "same_zone"));
    }

    /** A response to a consumer's fetch. Followers count what they fetch. */
    void fetched(FetchParams params, Seq<Tuple2<TopicIdPartition, FetchPartitionData>> answer) {
        String to = params.clientMetadata.map(ClientMetadata::rackId).orElse(UNNAMED);
        String same = Boolean.toString(!to.isEmpty() && to.equals(zone));
        long all = 0;
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : CollectionConverters.asJava(answer)) {
            int bytes = partition._2().records.sizeInBytes();
            if (bytes > 0) {
                consumed.cell(partition._1().topic(), to, same).add(bytes);
                all += bytes;
            }
        }
        if (all > 0) {
            zones.cell("consume", zone, to).add(all);
        }
    }

    /** Batches of a producer that came here itself; Kafka's protocol does not say where it is. */
    void produced(Map<TopicIdPartition, MemoryRecords> entries) {
        long all = 0;
        for (MemoryRecords records : entries.values()) {
            all += records.sizeInBytes();
        }
        zones.cell("produce", LabeledValues.UNKNOWN, zone).add(all);
    }
}
