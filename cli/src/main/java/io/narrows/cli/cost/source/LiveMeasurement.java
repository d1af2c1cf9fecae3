package io.narrows.cli.cost.source;

import io.narrows.cli.cost.AckLatency;
import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.Attribution.StockBytes;
import io.narrows.cli.cost.Basis;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.Measurement.Details;
import io.narrows.cli.cost.Measurement.Origin;
import io.narrows.cli.cost.Measurement.Topology;
import io.narrows.cli.cost.ObjectSizes;
import io.narrows.cli.cost.PathBytes;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.cost.ZoneFlow.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Turns metrics into a measurement. Narrows' own figures are what the processes counted; stock Kafka's are computed for
 * the same batches. A metric that a process does not have is named in the notes, and its figure is missing.
 */
final class LiveMeasurement {
    private final LiveFigures proxies;
    private final LiveFigures all;
    private final int replicationFactor;

    LiveMeasurement(List<Scrape> proxies, List<Scrape> brokers, int replicationFactor) {
        List<Scrape> both = new ArrayList<>(proxies);
        both.addAll(brokers);
        this.proxies = new LiveFigures(proxies);
        this.all = new LiveFigures(both);
        this.replicationFactor = replicationFactor;
    }

    Measurement of(String source, double seconds) {
        int zones = Math.max(1, all.zones().size());
        Topology topology = new Topology(zones, Math.min(zones, replicationFactor));
        List<Attribution> topics = new ArrayList<>(all.topics((bytes, reads) -> stock(topology, bytes, reads)));
        withoutProxy(topology).ifPresent(topics::add);
        long produced =
                topics.stream().mapToLong(topic -> topic.produced().total()).sum();
        StockBytes stock = topics.stream().map(Attribution::stock).reduce(StockBytes.NONE, StockBytes::plus);
        List<Usage> systems = new ArrayList<>();
        if (produced > 0) {
            systems.add(usage(SystemKind.STOCK, produced, stock, stock.consume()));
            systems.add(usage(SystemKind.STOCK_RACK, produced, stock, stock.consumeRackAware()));
        }
        systems.add(new Usage(SystemKind.NARROWS, Basis.MEASURED, produced, all.flows(), all.store()));
        ObjectSizes sizes = all.has(LiveFigures.OBJECT_BYTES) ? all.objectSizes() : null;
        return new Measurement(
                new Origin(source, seconds, notes(topology, seconds)),
                systems,
                new Details(topics, clients(produced, stock), sizes, latencies(), topology));
    }

    /** What producers sent to brokers themselves, which only the flows between zones tell. */
    private Optional<Attribution> withoutProxy(Topology topology) {
        long local = 0;
        long direct = 0;
        for (ZoneFlow flow : all.flows()) {
            if (flow.kind() == Kind.PRODUCE) {
                local += flow.crosses() ? 0 : flow.bytes();
                direct += flow.crosses() ? flow.bytes() : 0;
            }
        }
        PathBytes bytes = new PathBytes(local, 0, direct);
        StockBytes stock = new StockBytes(direct, bytes.total() * (topology.replicaZones() - 1), 0, 0);
        return bytes.total() == 0
                ? Optional.empty()
                : Optional.of(new Attribution("(producers without a proxy)", bytes, stock));
    }

    /** Readers are taken to be spread over the zones as leaders are, when they read from leaders. */
    private static StockBytes stock(Topology topology, PathBytes bytes, LiveFigures.TopicReads reads) {
        int zones = topology.zones();
        long consumed = reads.consumedBytes() * (zones - 1) / zones;
        long unreplicated =
                zones > topology.replicaZones() ? reads.consumedBytes() * (zones - topology.replicaZones()) / zones : 0;
        return new StockBytes(
                reads.produceHopBytes(), bytes.total() * (topology.replicaZones() - 1), consumed, unreplicated);
    }

    private static Usage usage(SystemKind system, long produced, StockBytes stock, long consume) {
        return new Usage(
                system,
                Basis.COMPUTED,
                produced,
                List.of(
                        ZoneFlow.between(Kind.PRODUCE, stock.produce()),
                        ZoneFlow.between(Kind.REPLICATION, stock.replication()),
                        ZoneFlow.between(Kind.CONSUME, consume)),
                StoreUse.NONE);
    }

    /** A client has the part of stock Kafka's bytes that it has of the bytes produced. */
    private List<Attribution> clients(long produced, StockBytes stock) {
        List<Attribution> clients = new ArrayList<>();
        proxies.clients().forEach((client, bytes) -> {
            double part = produced == 0 ? 0 : (double) bytes.total() / produced;
            clients.add(new Attribution(
                    client,
                    bytes,
                    new StockBytes(
                            Math.round(stock.produce() * part),
                            Math.round(stock.replication() * part),
                            Math.round(stock.consume() * part),
                            Math.round(stock.consumeRackAware() * part))));
        });
        return clients;
    }

    /** Of all proxies the slowest: percentiles cannot be added up. */
    private List<AckLatency> latencies() {
        Map<String, Double> p50 = new TreeMap<>();
        Map<String, Double> p99 = new TreeMap<>();
        proxies.named(LiveFigures.ACK_LATENCY).forEach(sample -> {
            Map<String, Double> into = switch (sample.label("quantile")) {
                case "0.5" -> p50;
                case "0.99" -> p99;
                default -> new TreeMap<>();
            };
            into.merge(sample.label("path"), sample.value() * 1e3, Math::max);
        });
        List<AckLatency> latencies = new ArrayList<>();
        p99.forEach((form, ms) -> {
            if (ms > 0) {
                latencies.add(new AckLatency("path " + form, p50.getOrDefault(form, 0.0), ms));
            }
        });
        return latencies;
    }

    private List<String> notes(Topology topology, double seconds) {
        List<String> notes = new ArrayList<>();
        notes.add("Bytes and requests of Narrows are counted by its processes; requests include retries and hedges.");
        notes.add("Stock Kafka is computed for the same batches: replication factor " + replicationFactor + " over "
                + topology.zones()
                + " zones, readers spread evenly over the zones. Its requests, responses and metadata are"
                + " not included.");
        notes.add("Bytes of producers without a proxy are in one separate line, not in their topics.");
        notes.add("Traffic between brokers and controllers other than replication is not counted.");
        if (seconds == 0) {
            notes.add("Figures are since the processes started, without a rate. Use --interval to measure a rate.");
        }
        missing(notes, all, LiveFigures.ZONE_BYTES, "Bytes between zones");
        missing(notes, all, "narrows_info", "The zone");
        missing(notes, all, "narrows_s3_put_attempts_total", "Requests to the object store");
        missing(notes, proxies, LiveFigures.TOPIC_BYTES, "Bytes by topic, and with them stock Kafka's figures,");
        missing(notes, proxies, LiveFigures.TOPIC_HOP_BYTES, "Stock Kafka's bytes from producers to leaders");
        missing(notes, proxies, LiveFigures.CLIENT_BYTES, "Bytes by client id");
        missing(notes, all, LiveFigures.RETRIES, "Retries");
        missing(notes, proxies, LiveFigures.OBJECT_BYTES, "Object sizes");
        if (!all.has(LiveFigures.TOPIC_CONSUME)) {
            notes.add("Bytes to consumers are missing (" + LiveFigures.TOPIC_CONSUME
                    + "): what rack-aware fetch saves is not shown. Brokers have it when someone reads; name them with"
                    + " --brokers.");
        }
        if (all.flows().stream().anyMatch(flow -> flow.to().equals("unknown") && flow.bytes() > 0)) {
            notes.add("Readers without client.rack are in zone 'unknown' and counted as if in another zone.");
        }
        return notes;
    }

    private static void missing(List<String> notes, LiveFigures figures, String metric, String what) {
        List<String> without = figures.without(metric);
        if (!without.isEmpty()) {
            notes.add(what + " of " + String.join(", ", without) + " are missing: no metric " + metric + ".");
        }
    }
}
