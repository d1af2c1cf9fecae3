package io.narrows.cli.cost.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.narrows.cli.cost.AckLatency;
import io.narrows.cli.cost.Basis;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.Measurement.Details;
import io.narrows.cli.cost.Measurement.Origin;
import io.narrows.cli.cost.Measurement.Topology;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.cost.ZoneFlow.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a demo run wrote: bytes by what carried them, not by zone, and stock Kafka computed for the same batches. */
final class DemoResult {
    private static final List<Kind> KINDS =
            List.of(Kind.PRODUCE, Kind.RELAY, Kind.REPLICATION, Kind.CONSUME, Kind.METADATA);

    private DemoResult() {}

    static Measurement measurement(String file, JsonNode root) {
        JsonNode bytes = root.path("bytes");
        JsonNode cross = bytes.path("crossZone");
        long produced = bytes.path("produced").asLong();
        List<ZoneFlow> flows = KINDS.stream()
                .map(kind -> ZoneFlow.between(
                        kind, cross.path(kind.name().toLowerCase(Locale.ROOT)).asLong()))
                .toList();
        StoreUse store = StoreCounts.of(root.path("s3"), "bytesGet");
        return new Measurement(
                new Origin(
                        "demo run " + file + ", path "
                                + root.path("run").path("path").asText("?"),
                        root.path("run").path("seconds").asDouble(),
                        List.of(
                                "Bytes of stock Kafka are computed for the batches, leaders and replicas of the demo.",
                                "The demo counts bytes by kind of traffic, not by zone pair, topic, client id or object"
                                        + " size.")),
                List.of(
                        stock(SystemKind.STOCK, produced, cross.path("stockKafkaFromLeaders")),
                        stock(SystemKind.STOCK_RACK, produced, cross.path("stockKafka")),
                        new Usage(SystemKind.NARROWS, Basis.MEASURED, produced, flows, store)),
                new Details(List.of(), List.of(), null, latencies(root.path("latency")), Topology.THREE_ZONES));
    }

    /** As producers see it, and by path as proxies see it. */
    private static List<AckLatency> latencies(JsonNode latency) {
        List<AckLatency> latencies = new ArrayList<>();
        latencies.add(ack(SystemKind.NARROWS.label(), latency.path("produceMs")));
        latency.path("byPath").properties().forEach(path -> {
            if (path.getValue().path("count").asLong() > 0) {
                latencies.add(ack("path " + path.getKey(), path.getValue()));
            }
        });
        return latencies;
    }

    private static AckLatency ack(String what, JsonNode ms) {
        return new AckLatency(what, ms.path("p50").asDouble(), ms.path("p99").asDouble());
    }

    private static Usage stock(SystemKind system, long produced, JsonNode bytes) {
        return new Usage(
                system, Basis.COMPUTED, produced, List.of(ZoneFlow.between(Kind.ALL, bytes.asLong())), StoreUse.NONE);
    }
}
