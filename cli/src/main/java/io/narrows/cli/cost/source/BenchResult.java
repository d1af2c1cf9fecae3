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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A comparison run: bytes that the kernel counted on each zone's links and requests that the S3 server counted, for each
 * system and round. Rounds of one system are added up, those of the run's first load only: systems are compared under
 * the same load. Stateless.
 */
final class BenchResult {
    static final String SCHEMA = "narrows-bench-1";

    private static final Map<String, SystemKind> SYSTEMS = Map.of(
            "stock", SystemKind.STOCK,
            "stock-rack", SystemKind.STOCK_RACK,
            "narrows", SystemKind.NARROWS,
            "narrows-direct", SystemKind.NARROWS_DIRECT);

    private BenchResult() {}

    static Measurement measurement(String file, JsonNode root) {
        Map<SystemKind, List<JsonNode>> rounds = new TreeMap<>();
        List<String> notes = new ArrayList<>();
        Set<String> zones = new TreeSet<>();
        String load = root.path("load").path("name").asText();
        Set<String> otherLoads = new TreeSet<>();
        for (JsonNode round : root.path("rounds")) {
            if (!round.path("load").asText().equals(load)) {
                otherLoads.add(round.path("load").asText());
                continue;
            }
            SystemKind system = SYSTEMS.get(round.path("system").asText());
            if (system == null) {
                notes.add("Ignored rounds of the unknown system '"
                        + round.path("system").asText() + "'.");
                continue;
            }
            rounds.computeIfAbsent(system, key -> new ArrayList<>()).add(round);
            round.path("zoneBytes").forEach(pair -> zones.add(pair.path("from").asText()));
        }
        if (rounds.isEmpty()) {
            throw new IllegalArgumentException(
                    file + " contains no rounds: wait until narrows bench compare has finished");
        }
        if (!otherLoads.isEmpty()) {
            notes.add("These are the figures under the load " + load + "; those under " + String.join(", ", otherLoads)
                    + " are left out.");
        }
        List<Usage> usages = new ArrayList<>();
        List<AckLatency> latencies = new ArrayList<>();
        rounds.forEach((system, all) -> {
            usages.add(usage(system, all));
            latency(system, all, latencies);
        });
        notes.add("Bytes between zones are counted by the kernel, with protocol overhead; requests by the S3 server.");
        notes.add("The result of a comparison run contains no topics, client ids or object sizes.");
        double seconds = sum(rounds.values().iterator().next(), "seconds");
        int zoneCount = Math.max(1, zones.size());
        return new Measurement(
                new Origin("comparison run " + file + commit(root), seconds, notes),
                usages,
                new Details(List.of(), List.of(), null, latencies, new Topology(zoneCount, Math.min(3, zoneCount))));
    }

    private static String commit(JsonNode root) {
        String commit = root.path("commit").asText();
        return commit.isEmpty() ? "" : ", commit " + commit;
    }

    private static Usage usage(SystemKind system, List<JsonNode> rounds) {
        long produced = 0;
        List<ZoneFlow> flows = new ArrayList<>();
        StoreUse store = StoreUse.NONE;
        for (JsonNode round : rounds) {
            produced += round.path("producedBytes").asLong();
            for (JsonNode pair : round.path("zoneBytes")) {
                flows.add(new ZoneFlow(
                        ZoneFlow.Kind.ALL,
                        pair.path("from").asText(),
                        pair.path("to").asText(),
                        pair.path("bytes").asLong()));
            }
            store = store.plus(StoreCounts.of(round.path("s3"), "bytesGot"));
        }
        return new Usage(system, Basis.MEASURED, produced, flows, store);
    }

    private static void latency(SystemKind system, List<JsonNode> rounds, List<AckLatency> latencies) {
        double p50 = median(rounds, "p50");
        double p99 = median(rounds, "p99");
        if (p99 > 0) {
            latencies.add(new AckLatency(system.label(), p50, p99));
        }
    }

    /** Of the rounds' percentiles: percentiles of several runs cannot be added up. */
    private static double median(List<JsonNode> rounds, String percentile) {
        double[] values = rounds.stream()
                .mapToDouble(round -> round.path("ackMs").path(percentile).asDouble())
                .toArray();
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static double sum(List<JsonNode> rounds, String field) {
        return rounds.stream()
                .mapToDouble(round -> round.path(field).asDouble())
                .sum();
    }
}
