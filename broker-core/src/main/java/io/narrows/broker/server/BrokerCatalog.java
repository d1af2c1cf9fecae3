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

            `GET /metrics` on `narrows.admin.listener`, in Prometheus' text format. Kafka's own metrics beyond those
            below are in JMX, as ever.
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
                MetricRule.of("narrows.broker.batches.link", Kind.COUNTER, "Links appended by leaders."),
                MetricRule.of("narrows.broker.bytes.link", Kind.COUNTER, "Bytes of these links."),
                MetricRule.of("narrows.broker.bytes.behind.links", Kind.COUNTER, "Bytes that these links stand for."),
                MetricRule.of(
                        "narrows.broker.batches.inline",
                        Kind.COUNTER,
                        "Batches of clients that leaders appended as they are."),
                MetricRule.of("narrows.broker.bytes.inline", Kind.COUNTER, "Bytes of these batches."),
                MetricRule.of("narrows.broker.batches.link.replicated", Kind.COUNTER, "Links that followers appended.")
                        .shownAs("broker.batches.replicated.link", Map.of()),
                MetricRule.of(
                        "narrows.broker.staged.changed",
                        Kind.COUNTER,
                        "Staged batches that Kafka's validation changed, so that their bytes were appended."),
                MetricRule.of(
                        "narrows.broker.staged.refused.by.log",
                        Kind.COUNTER,
                        "Staged batches for a log that takes no links."),
                MetricRule.of(
                        "narrows.broker.staged.late",
                        Kind.COUNTER,
                        "Staged batches appended as bytes, because their objects were older than the grace period of "
                                + "garbage collection."));
    }

    private static List<MetricRule> reads() {
        return List.of(
                MetricRule.of("narrows.broker.reads.from.cache", Kind.COUNTER, "Reads of links answered from memory."),
                MetricRule.of(
                        "narrows.broker.reads.from.store",
                        Kind.COUNTER,
                        "Reads of links that waited for the object store."),
                MetricRule.of("narrows.broker.reads.from.store.ms", Kind.DISTRIBUTION, "How long they waited."),
                MetricRule.of("narrows.broker.reads.failed", Kind.COUNTER, "Reads of links that failed."),
                MetricRule.of("narrows.broker.reads.waiting.for.memory", Kind.GAUGE, "Reads that wait for memory."),
                MetricRule.of(
                        "narrows.broker.reads.waiting.for.turn",
                        Kind.GAUGE,
                        "Reads of old data that wait, because the processors are busy."),
                MetricRule.of(
                        "narrows.broker.answers.bytes",
                        Kind.GAUGE,
                        "Memory of reads under way and of answers that consumers have not taken yet."),
                MetricRule.of(
                        "narrows.broker.answers.abandoned",
                        Kind.COUNTER,
                        "Answers released because their connection took no bytes and other reads needed the memory; the "
                                + "connection is closed."),
                MetricRule.of(
                        "narrows.broker.answers.dropped",
                        Kind.COUNTER,
                        "Answers that were read and then not sent, released after narrows.slow.reader.timeout.ms."),
                MetricRule.of("narrows.broker.links.corrupt", Kind.COUNTER, "Links that cannot be read or resolved."),
                MetricRule.of(
                        "narrows.broker.records.skipped",
                        Kind.COUNTER,
                        "Records missing in answers, because narrows repair gave them up."),
                MetricRule.of(
                        "narrows.broker.batches.skipped", Kind.GAUGE, "Batches that narrows repair has given up."),
                MetricRule.of(
                        "narrows.broker.load.segments.read", Kind.COUNTER, "Segments that were read to open a log."),
                MetricRule.of(
                        "narrows.broker.load.segments.not.read",
                        Kind.COUNTER,
                        "Segments that were not read, because a summary or a missing marker says what they hold."),
                MetricRule.of(
                        "narrows.broker.prefetch.ranges",
                        Kind.COUNTER,
                        "Ranges that followers fetched ahead of reads."));
    }

    private static List<MetricRule> relay() {
        String prefix = "narrows.relay.server.";
        return List.of(
                MetricRule.of(prefix + "entries", Kind.COUNTER, "Batches from proxies, by form.", "form"),
                MetricRule.of(prefix + "received.bytes", Kind.COUNTER, "Bytes of batches that came as bytes.")
                        .shownAs("relay.server.entry.bytes", Map.of("from", "wire")),
                MetricRule.of(prefix + "fetched.bytes", Kind.COUNTER, "Bytes of batches that came as pointers.")
                        .shownAs("relay.server.entry.bytes", Map.of("from", "store")),
                MetricRule.of(prefix + "appended.entries", Kind.COUNTER, "Batches of proxies that were appended."),
                MetricRule.of(prefix + "kafka_errors.entries", Kind.COUNTER, "Batches that Kafka refused."),
                MetricRule.of(prefix + "refused", Kind.COUNTER, "Batches that the relay refused, by why.", "reason"),
                MetricRule.of(prefix + "produce.requests", Kind.COUNTER, "Produce requests made of these batches."),
                MetricRule.of(
                        prefix + "paused.connections",
                        Kind.COUNTER,
                        "Pauses of reading from a proxy, for lack of memory."),
                MetricRule.of(prefix + "fenced.connections", Kind.COUNTER, "Connections ended by a newer one."),
                MetricRule.of(prefix + "ready.time", Kind.TIME, "From a batch's arrival to its bytes being there."),
                MetricRule.of(prefix + "answer.time", Kind.TIME, "From a batch's arrival to its answer."),
                MetricRule.of(prefix + "memory.bytes", Kind.GAUGE, "Bytes of batches in the relay."),
                MetricRule.of(prefix + "lanes.count", Kind.GAUGE, "Lanes of proxies."),
                MetricRule.of(prefix + "unanswered.entries", Kind.GAUGE, "Batches under way."),
                MetricRule.of(prefix + "waiting_loads.count", Kind.GAUGE, "Pointers that wait for their bytes."));
    }

    private static List<MetricRule> staging() {
        String prefix = "narrows.stage.";
        return List.of(
                MetricRule.of(prefix + "staged.batches", Kind.COUNTER, "Batches that this leader wrote to the store."),
                MetricRule.of(prefix + "staged.bytes", Kind.COUNTER, "Bytes of these batches."),
                MetricRule.of(
                        prefix + "inline.batches",
                        Kind.COUNTER,
                        "Batches that could be links and were appended as they are, by why.",
                        "reason"),
                MetricRule.of(
                        prefix + "batches",
                        Kind.COUNTER,
                        "Staged batches, by what became of them: linked, staged_but_inline, orphaned.",
                        "outcome"),
                MetricRule.of(prefix + "windows.count", Kind.COUNTER, "Flush windows written."),
                MetricRule.of(
                        prefix + "probes.count", Kind.COUNTER, "Windows written to see whether the store is back."),
                MetricRule.of(prefix + "breaker.openings", Kind.COUNTER, "Times that staging was suspended."),
                MetricRule.of(prefix + "breaker.open", Kind.GAUGE, "1 while staging is suspended."),
                MetricRule.of(prefix + "late_windows.count", Kind.COUNTER, "Windows written after they were given up."),
                MetricRule.of(prefix + "parked.bytes", Kind.GAUGE, "Bytes of batches that wait for the store."),
                MetricRule.of(prefix + "staged.time", Kind.TIME, "From a batch's arrival to its being in the store."));
    }
}
