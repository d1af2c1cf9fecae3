package io.narrows.broker.server;

import io.narrows.broker.gc.collector.GcMetrics;
import io.narrows.broker.replica.ClientBytes;
import io.narrows.broker.tier.TierMetrics;
import io.narrows.relay.metrics.MetricCatalog;
import io.narrows.relay.metrics.MetricRule;
import io.narrows.relay.metrics.MetricRule.Kind;
import io.narrows.relay.metrics.ProcessMetrics;
import io.narrows.relay.range.RangeMetrics;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.relay.wal.WalMetrics;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** All metrics of brokers and controllers with their meaning. Stateless. */
public final class BrokerCatalog {
    public static final MetricCatalog CATALOG = new MetricCatalog(
            """
            # Metrics of brokers and controllers

            `GET /metrics` on `narrows.admin.listener`, in Prometheus' text format. Kafka's other metrics
            are in JMX, as in Kafka.
            """,
            Stream.of(
                            ProcessMetrics.rules(),
                            ClientBytes.rules(),
                            KafkaGauges.rules(),
                            log(),
                            reads(),
                            relay(),
                            RelayMetrics.rules(RelayMetrics.SERVER, "proxies"),
                            staging(),
                            RangeMetrics.rules("tail"),
                            RangeMetrics.rules("catchup"),
                            TierMetrics.rules(),
                            RangeMetrics.rules("segments"),
                            RangeMetrics.rules("copies"),
                            WalMetrics.rules(),
                            GcMetrics.rules(),
                            StoreMetrics.rules("narrows.store", Map.of("client", "main")),
                            StoreMetrics.rules("narrows.store.catchup", Map.of("client", "catchup")),
                            StoreMetrics.rules("narrows.store.copies", Map.of("client", "copies")))
                    .flatMap(List::stream)
                    .toList());

    private BrokerCatalog() {}

    private static List<MetricRule> log() {
        return List.of(
                MetricRule.of("narrows.broker.link.batches", Kind.COUNTER, "Links appended by leaders."),
                MetricRule.of("narrows.broker.link.bytes", Kind.COUNTER, "Size of these links in the log."),
                MetricRule.of(
                        "narrows.broker.link.logical.bytes",
                        Kind.COUNTER,
                        "Bytes of the batches that these links refer to."),
                MetricRule.of(
                        "narrows.broker.inline.batches",
                        Kind.COUNTER,
                        "Batches of clients that leaders appended inline."),
                MetricRule.of("narrows.broker.inline.bytes", Kind.COUNTER, "Bytes of these batches."),
                MetricRule.of("narrows.broker.replicated.link.batches", Kind.COUNTER, "Links that followers appended."),
                MetricRule.of(
                        "narrows.broker.staged.changed",
                        Kind.COUNTER,
                        "Staged batches appended inline, because Kafka's validation changed them."),
                MetricRule.of(
                        "narrows.broker.staged.refused.by.log",
                        Kind.COUNTER,
                        "Staged batches appended inline, because their log accepts no links."),
                MetricRule.of(
                        "narrows.broker.staged.late",
                        Kind.COUNTER,
                        "Staged batches appended inline, because their objects were older than narrows.gc.grace.ms."));
    }

    private static List<MetricRule> reads() {
        return List.of(
                MetricRule.of("narrows.broker.reads.from.cache", Kind.COUNTER, "Reads of links served from memory."),
                MetricRule.of(
                        "narrows.broker.reads.from.store",
                        Kind.COUNTER,
                        "Reads of links that waited for the object store."),
                MetricRule.of(
                        "narrows.broker.reads.from.store.time", Kind.TIME, "Wait of these reads for the object store."),
                MetricRule.of("narrows.broker.reads.failed", Kind.COUNTER, "Reads of links that failed."),
                MetricRule.of("narrows.broker.reads.waiting.for.memory", Kind.GAUGE, "Reads that wait for memory."),
                MetricRule.of(
                        "narrows.broker.reads.throttled",
                        Kind.GAUGE,
                        "Reads of old data that are throttled, because CPU use is above "
                                + "narrows.read.catch.up.throttle.cpu.percent."),
                MetricRule.of(
                        "narrows.broker.response.memory.bytes",
                        Kind.GAUGE,
                        "Memory of reads in progress and of responses that consumers have not yet received."),
                MetricRule.of(
                        "narrows.broker.responses.abandoned",
                        Kind.COUNTER,
                        "Responses released because their connection made no progress and other reads needed the memory. "
                                + "The connection is closed."),
                MetricRule.of(
                        "narrows.broker.responses.dropped",
                        Kind.COUNTER,
                        "Responses that were read but not sent, released after narrows.slow.reader.timeout.ms."),
                MetricRule.of(
                        "narrows.broker.links.corrupt",
                        Kind.COUNTER,
                        "Corrupt links: links that cannot be parsed or resolved."),
                MetricRule.of(
                        "narrows.broker.records.skipped",
                        Kind.COUNTER,
                        "Records missing in responses, because narrows repair abandoned them."),
                MetricRule.of(
                        "narrows.broker.batches.skipped", Kind.GAUGE, "Batches that narrows repair has abandoned."),
                MetricRule.of("narrows.broker.load.segments.read", Kind.COUNTER, "Segments read while opening logs."),
                MetricRule.of(
                        "narrows.broker.load.segments.not.read",
                        Kind.COUNTER,
                        "Segments not read while opening logs, because a summary or an absent marker describes them."),
                MetricRule.of(
                        "narrows.broker.prefetch.ranges",
                        Kind.COUNTER,
                        "Ranges that followers prefetched for consumers."));
    }

    private static List<MetricRule> relay() {
        String prefix = "narrows.relay.server.";
        return List.of(
                MetricRule.of(prefix + "entries", Kind.COUNTER, "Batches from proxies, by form.", "form"),
                MetricRule.of(prefix + "received.bytes", Kind.COUNTER, "Bytes of batches received inline.")
                        .shownAs("relay.server.entry.bytes", Map.of("source", "wire")),
                MetricRule.of(
                                prefix + "fetched.bytes",
                                Kind.COUNTER,
                                "Bytes of batches received as pointers and fetched from the object store.")
                        .shownAs("relay.server.entry.bytes", Map.of("source", "store")),
                MetricRule.of(prefix + "appended.entries", Kind.COUNTER, "Batches from proxies that were appended."),
                MetricRule.of(
                        prefix + "kafka.rejected.entries", Kind.COUNTER, "Batches that Kafka rejected with an error."),
                MetricRule.of(prefix + "refused", Kind.COUNTER, "Batches that the relay refused, by reason.", "reason"),
                MetricRule.of(
                        prefix + "produce.requests", Kind.COUNTER, "Produce requests that contained these batches."),
                MetricRule.of(
                        prefix + "paused.connections",
                        Kind.COUNTER,
                        "Times that the broker stopped reading from a proxy for lack of relay memory."),
                MetricRule.of(
                        prefix + "fenced.connections",
                        Kind.COUNTER,
                        "Connections closed because the same proxy opened a newer one."),
                MetricRule.of(
                        prefix + "ready.time", Kind.TIME, "Time from a batch's arrival until its bytes are available."),
                MetricRule.of(prefix + "response.time", Kind.TIME, "Time from a batch's arrival to its response."),
                MetricRule.of(prefix + "memory.bytes", Kind.GAUGE, "Bytes of batches in relay memory."),
                MetricRule.of(prefix + "lanes.count", Kind.GAUGE, "Lanes of proxies."),
                MetricRule.of(
                        prefix + "entries.in.flight",
                        Kind.GAUGE,
                        "Batches in flight: received and without a response."),
                MetricRule.of(
                        prefix + "pointer.fetches.waiting",
                        Kind.GAUGE,
                        "Pointers whose fetch from the object store has not started."));
    }

    private static List<MetricRule> staging() {
        String prefix = "narrows.stage.";
        return List.of(
                MetricRule.of(
                        prefix + "staged.batches", Kind.COUNTER, "Batches that this leader wrote to the object store."),
                MetricRule.of(prefix + "staged.bytes", Kind.COUNTER, "Bytes of these batches."),
                MetricRule.of(
                        prefix + "inline.batches",
                        Kind.COUNTER,
                        "Batches eligible for links that were appended inline, by reason.",
                        "reason"),
                MetricRule.of(
                        prefix + "batches",
                        Kind.COUNTER,
                        "Staged batches, by outcome: linked, staged_but_inline, orphaned.",
                        "outcome"),
                MetricRule.of(prefix + "windows.count", Kind.COUNTER, "Flush windows written."),
                MetricRule.of(
                        prefix + "probes.count",
                        Kind.COUNTER,
                        "Flush windows written as a probe while the circuit breaker is open."),
                MetricRule.of(
                        prefix + "circuit.breaker.openings",
                        Kind.COUNTER,
                        "Times that the circuit breaker of staging opened."),
                MetricRule.of(
                        prefix + "circuit.breaker.open",
                        Kind.GAUGE,
                        "1 while the circuit breaker of staging is open, otherwise 0."),
                MetricRule.of(
                        prefix + "late_windows.count",
                        Kind.COUNTER,
                        "Flush windows whose PUT succeeded after its deadline. Nothing refers to their objects."),
                MetricRule.of(prefix + "pending.bytes", Kind.GAUGE, "Bytes of batches that wait for a PUT."),
                MetricRule.of(prefix + "staged.time", Kind.TIME, "Time from a batch's arrival to the end of its PUT."));
    }
}
