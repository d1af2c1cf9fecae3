package io.narrows.broker.server;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.yammer.metrics.core.Meter;
import com.yammer.metrics.core.Metric;
import com.yammer.metrics.core.MetricName;
import io.narrows.broker.append.RelayHandlerThreads;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.server.metrics.KafkaYammerMetrics;
import org.jspecify.annotations.Nullable;

/**
 * The few of Kafka's own metrics that an operator needs first, read at each scrape. Kafka keeps them per JVM, not per
 * broker. Stateless.
 */
public final class KafkaGauges {
    private static final List<Source> SOURCES = List.of(
            new Source(
                    name("kafka.server", "ReplicaManager", "UnderReplicatedPartitions"),
                    rule(
                            "under.replicated.partitions",
                            Kind.GAUGE,
                            "Partitions led by this broker that have out-of-sync replicas.")),
            new Source(
                    name("kafka.server", "ReplicaManager", "UnderMinIsrPartitionCount"),
                    rule(
                            "under.min.isr.partitions",
                            Kind.GAUGE,
                            "Partitions led by this broker that reject acks=all, because in-sync replicas are too few.")),
            new Source(
                    name("kafka.server", "ReplicaManager", "OfflineReplicaCount"),
                    rule("offline.replicas", Kind.GAUGE, "Replicas of this broker whose log directory is offline.")),
            new Source(
                    name("kafka.server", "ReplicaManager", "LeaderCount"),
                    rule("leaders", Kind.GAUGE, "Partitions led by this broker.")),
            new Source(
                    name("kafka.server", "ReplicaManager", "PartitionCount"),
                    rule("partitions", Kind.GAUGE, "Partitions with a replica on this broker.")),
            new Source(
                    name("kafka.server", "ReplicaManager", "IsrShrinksPerSec"),
                    rule("isr.shrinks", Kind.COUNTER, "Shrinks of in-sync replica sets.")),
            new Source(
                    name("kafka.server", "BrokerTopicMetrics", "BytesInPerSec"),
                    rule("in.bytes", Kind.COUNTER, "Bytes of batches that clients produced, with or without a proxy.")),
            new Source(
                    name("kafka.server", "BrokerTopicMetrics", "BytesOutPerSec"),
                    rule("out.bytes", Kind.COUNTER, "Bytes of batches that consumers fetched.")),
            new Source(
                    name("kafka.server", "BrokerTopicMetrics", "FailedFetchRequestsPerSec"),
                    rule("failed.fetches", Kind.COUNTER, "Failed fetches of a partition.")),
            new Source(
                    name("kafka.server", "BrokerTopicMetrics", "FailedProduceRequestsPerSec"),
                    rule("failed.produces", Kind.COUNTER, "Failed appends to a partition.")),
            new Source(
                    name("kafka.server", "KafkaRequestHandlerPool", "RequestHandlerAvgIdlePercent"),
                    rule(
                            "request.handler.idle.ratio",
                            Kind.GAUGE,
                            "Idle share of request handlers in the last minute.")),
            new Source(
                    name("kafka.network", "SocketServer", "NetworkProcessorAvgIdlePercent"),
                    rule("network.processor.idle.ratio", Kind.GAUGE, "Idle share of network threads.")),
            new Source(
                    name("kafka.controller", "KafkaController", "ActiveControllerCount"),
                    rule("active.controllers", Kind.GAUGE, "1 on the active controller, otherwise 0.")),
            new Source(
                    name("kafka.controller", "KafkaController", "OfflinePartitionsCount"),
                    rule(
                            "offline.partitions",
                            Kind.GAUGE,
                            "Partitions without a leader, according to this controller.")),
            new Source(
                    name("kafka.controller", "KafkaController", "FencedBrokerCount"),
                    rule(
                            "fenced.brokers",
                            Kind.GAUGE,
                            "Registered brokers that are fenced, according to this controller.")));

    private static final MetricRule RELAY_IDLE = MetricRule.of(
            "narrows.relay.handler.idle.ratio", Kind.GAUGE, "Idle share of the threads that append relayed batches.");

    private record Source(MetricName name, MetricRule rule) {}

    private KafkaGauges() {}

    static void register(MetricRegistry registry, int nodeId) {
        SOURCES.forEach(source -> register(registry, source));
        register(registry, new Source(RelayHandlerThreads.idleMetric(nodeId), RELAY_IDLE));
    }

    private static void register(MetricRegistry registry, Source source) {
        // Without a value until there is such a metric: brokers have none of controllers.
        Gauge<@Nullable Number> value = () -> value(source);
        registry.gauge(source.rule().source(), () -> value);
    }

    public static List<MetricRule> rules() {
        return Stream.concat(SOURCES.stream().map(Source::rule), Stream.of(RELAY_IDLE))
                .toList();
    }

    private static @Nullable Number value(Source source) {
        Metric metric = KafkaYammerMetrics.defaultRegistry().allMetrics().get(source.name());
        if (metric instanceof Meter meter) {
            return source.rule().kind() == Kind.COUNTER ? (Number) meter.count() : (Number) meter.oneMinuteRate();
        } else if (metric instanceof com.yammer.metrics.core.Gauge<?> gauge && gauge.value() instanceof Number number) {
            return number;
        }
        return null;
    }

    private static MetricName name(String group, String type, String name) {
        return KafkaYammerMetrics.getMetricName(group, type, name);
    }

    private static MetricRule rule(String name, Kind kind, String help) {
        return MetricRule.of(name, kind, help).in("kafka");
    }
}
