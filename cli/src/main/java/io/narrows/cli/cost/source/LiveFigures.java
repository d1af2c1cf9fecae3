package io.narrows.cli.cost.source;

import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.Attribution.StockBytes;
import io.narrows.cli.cost.ObjectSizes;
import io.narrows.cli.cost.ObjectSizes.Bucket;
import io.narrows.cli.cost.PathBytes;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.cost.source.MetricsText.Sample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Adds up the metrics of all proxies and brokers. Used by one thread. */
final class LiveFigures {
    static final String ZONE_BYTES = "narrows_zone_bytes_total";
    static final String TOPIC_BYTES = "narrows_topic_produce_bytes_total";
    static final String TOPIC_HOP_BYTES = "narrows_topic_produce_hop_bytes_total";
    static final String CLIENT_BYTES = "narrows_client_produce_bytes_total";
    static final String TOPIC_CONSUME = "narrows_topic_consume_bytes_total";
    static final String RETRIES = "narrows_s3_retries_total";
    static final String HEDGES = "narrows_s3_hedges_total";
    static final String OBJECT_BYTES = "narrows_wal_object_bytes_bucket";
    static final String ACK_LATENCY = "narrows_router_produce_ack_seconds";

    private final List<Scrape> scrapes;

    LiveFigures(List<Scrape> scrapes) {
        this.scrapes = List.copyOf(scrapes);
    }

    Stream<Sample> named(String name) {
        return scrapes.stream()
                .flatMap(scrape -> scrape.samples().stream())
                .filter(sample -> sample.name().equals(name));
    }

    boolean has(String name) {
        return named(name).findAny().isPresent();
    }

    private long sum(String name) {
        return Math.round(named(name).mapToDouble(Sample::value).sum());
    }

    /** Addresses of processes that do not have a metric they should have. */
    List<String> without(String name) {
        return scrapes.stream()
                .filter(scrape -> !scrape.names().contains(name))
                .map(Scrape::address)
                .toList();
    }

    List<ZoneFlow> flows() {
        Map<List<String>, Double> sums = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        named(ZONE_BYTES)
                .forEach(sample -> sums.merge(
                        List.of(sample.label("kind"), sample.label("from_zone"), sample.label("to_zone")),
                        sample.value(),
                        Double::sum));
        List<ZoneFlow> flows = new ArrayList<>();
        sums.forEach(
                (key, bytes) -> flows.add(new ZoneFlow(kind(key.get(0)), key.get(1), key.get(2), Math.round(bytes))));
        return flows;
    }

    private static ZoneFlow.Kind kind(String label) {
        try {
            return ZoneFlow.Kind.valueOf(label.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            // A newer process may count something this command does not know: it is still transfer.
            return ZoneFlow.Kind.ALL;
        }
    }

    Set<String> zones() {
        Set<String> zones = new TreeSet<>();
        named("narrows_info").forEach(sample -> zones.add(sample.label("zone")));
        zones.remove("");
        return zones;
    }

    StoreUse store() {
        return new StoreUse(
                attempts("put"),
                attempts("get"),
                attempts("list"),
                attempts("head"),
                attempts("delete"),
                sum("narrows_s3_put_bytes_total"),
                sum("narrows_s3_get_bytes_total"),
                has(RETRIES) ? sum(RETRIES) : StoreUse.UNKNOWN,
                has(HEDGES) ? hedgesStarted() : StoreUse.UNKNOWN);
    }

    private long attempts(String operation) {
        return sum("narrows_s3_" + operation + "_attempts_total");
    }

    /** Of the events, only this one is a request. */
    private long hedgesStarted() {
        return Math.round(named(HEDGES)
                .filter(sample -> sample.label("event").equals("sent"))
                .mapToDouble(Sample::value)
                .sum());
    }

    /** Per topic, with what stock Kafka would send for it. */
    List<Attribution> topics(BiFunction<PathBytes, TopicReads, StockBytes> stock) {
        Map<String, Long> hopBytes = new HashMap<>();
        named(TOPIC_HOP_BYTES)
                .forEach(sample -> hopBytes.merge(sample.label("topic"), Math.round(sample.value()), Long::sum));
        Map<String, Long> consumed = new HashMap<>();
        named(TOPIC_CONSUME)
                .forEach(sample -> consumed.merge(sample.label("topic"), Math.round(sample.value()), Long::sum));
        List<Attribution> topics = new ArrayList<>();
        byPath(TOPIC_BYTES, "topic").forEach((topic, bytes) -> {
            TopicReads reads = new TopicReads(hopBytes.getOrDefault(topic, 0L), consumed.getOrDefault(topic, 0L));
            topics.add(new Attribution(topic, bytes, stock.apply(bytes, reads)));
        });
        return topics;
    }

    /** Bytes times hops of a topic's produce requests, and bytes that its consumers got. */
    record TopicReads(long produceHopBytes, long consumedBytes) {}

    Map<String, PathBytes> clients() {
        return byPath(CLIENT_BYTES, "client_id");
    }

    private Map<String, PathBytes> byPath(String metric, String label) {
        Map<String, PathBytes> all = new TreeMap<>();
        named(metric).forEach(sample -> {
            long bytes = Math.round(sample.value());
            PathBytes part = switch (sample.label("path")) {
                case "staged" -> new PathBytes(0, bytes, 0);
                case "direct" -> new PathBytes(0, 0, bytes);
                default -> new PathBytes(bytes, 0, 0);
            };
            all.merge(sample.label(label), part, PathBytes::plus);
        });
        return all;
    }

    /** Buckets are cumulative in the text; here each object is in one. */
    ObjectSizes objectSizes() {
        TreeMap<Long, Double> cumulative = new TreeMap<>();
        named(OBJECT_BYTES).forEach(sample -> cumulative.merge(bound(sample.label("le")), sample.value(), Double::sum));
        List<Bucket> buckets = new ArrayList<>();
        double before = 0;
        for (Map.Entry<Long, Double> bucket : cumulative.entrySet()) {
            buckets.add(new Bucket(bucket.getKey(), Math.max(0, Math.round(bucket.getValue() - before))));
            before = bucket.getValue();
        }
        return new ObjectSizes(buckets);
    }

    private static long bound(String le) {
        return le.equals("+Inf") ? Long.MAX_VALUE : Math.round(Double.parseDouble(le));
    }
}
