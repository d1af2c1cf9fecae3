package io.narrows.cli.cost;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.cli.cost.CostReport.Projection;
import io.narrows.cli.cost.source.ResultFile;
import io.narrows.relay.price.PriceBooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The results in README.md are those of docs/results/compare.json, a run of {@code narrows bench compare --json};
 * -Dnarrows.docs.write=true writes them anew.
 */
final class ReadmeResultsTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path RESULT = Path.of("..", "docs", "results", "compare.json");
    private static final String BEGIN = "<!-- results: generated from docs/results/compare.json -->\n";
    private static final String END = "<!-- end of results -->\n";

    private static final Map<String, String> TITLES = new LinkedHashMap<>();

    static {
        TITLES.put("stock", "Kafka 4.3.1");
        TITLES.put("stock-rack", "with rack-aware readers");
        TITLES.put("narrows", "Narrows");
    }

    private static final Map<String, SystemKind> KINDS =
            Map.of("stock", SystemKind.STOCK, "stock-rack", SystemKind.STOCK_RACK, "narrows", SystemKind.NARROWS);

    @Test
    void theReadmeShowsTheCommittedResult() throws IOException {
        String readme = Files.readString(README);
        int from = readme.indexOf(BEGIN) + BEGIN.length();
        int to = readme.indexOf(END);
        assertThat(readme).contains(BEGIN, END);
        String results = markdown(new ObjectMapper().readTree(RESULT.toFile()));
        if (Boolean.getBoolean("narrows.docs.write")) {
            Files.writeString(README, readme.substring(0, from) + results + readme.substring(to));
            return;
        }
        assertThat(readme.substring(from, to))
                .as("out of date: run this test with -Dnarrows.docs.write=true")
                .isEqualTo(results);
    }

    private static String markdown(JsonNode root) throws IOException {
        StringBuilder text = new StringBuilder();
        for (JsonNode load : root.path("loads")) {
            table(root, load, text);
        }
        JsonNode machine = root.path("machine");
        text.append(String.format(
                Locale.ROOT,
                "`%s`, commit %s, %s, on %d processors (%s), %.0f GiB, Java %s, everything on this one machine;"
                        + " means of the rounds, and in brackets how far they lie apart.\n",
                root.path("command").asText(),
                root.path("commit").asText(),
                root.path("at").asText(),
                machine.path("processors").asInt(),
                machine.path("processor").asText(),
                machine.path("memoryBytes").asLong() / (double) (1L << 30),
                machine.path("java").asText()));
        return text.toString();
    }

    private static void table(JsonNode root, JsonNode load, StringBuilder text) throws IOException {
        Map<String, List<JsonNode>> systems = new LinkedHashMap<>();
        TITLES.keySet().forEach(system -> {
            List<JsonNode> rounds = rounds(root, load, system);
            if (!rounds.isEmpty()) {
                systems.put(system, rounds);
            }
        });
        text.append("| ").append(load.path("title").asText());
        systems.keySet().forEach(system -> text.append(" | ").append(TITLES.get(system)));
        text.append(" |\n|---").append("|---".repeat(systems.size())).append("|\n");
        row(text, systems, "MB/s", "%.1f", round -> round.path("throughputMBps").asDouble());
        row(
                text,
                systems,
                "bytes between zones for a byte produced",
                "%.4f",
                round -> round.path("crossZoneBytesPerProducedByte").asDouble());
        row(
                text,
                systems,
                "PUTs per GB",
                "%.0f",
                round -> perGB(round, round.path("s3").path("put").asDouble()));
        row(
                text,
                systems,
                "GETs per GB",
                "%.0f",
                round -> perGB(round, round.path("s3").path("get").asDouble()));
        row(text, systems, "CPU seconds per GB, brokers and proxies", "%.1f", ReadmeResultsTest::cpuPerGB);
        if (load.path("name").equals(root.path("load").path("name"))) {
            dollars(text, systems);
        }
        text.append('\n');
        ratios(text, systems);
    }

    private static List<JsonNode> rounds(JsonNode root, JsonNode load, String system) {
        List<JsonNode> rounds = new ArrayList<>();
        for (JsonNode round : root.path("rounds")) {
            if (round.path("system").asText().equals(system)
                    && round.path("load").equals(load.path("name"))) {
                rounds.add(round);
            }
        }
        return rounds;
    }

    private static double cpuPerGB(JsonNode round) {
        JsonNode cpu = round.path("cpuSeconds");
        return perGB(round, cpu.path("brokers").asDouble() + cpu.path("proxies").asDouble());
    }

    private static double perGB(JsonNode round, double value) {
        return value / (round.path("producedBytes").asDouble() / 1e9);
    }

    private static void row(
            StringBuilder text,
            Map<String, List<JsonNode>> systems,
            String label,
            String format,
            ToDoubleFunction<JsonNode> figure) {
        text.append("| ").append(label);
        systems.values()
                .forEach(rounds -> text.append(" | ")
                        .append(spread(
                                format, rounds.stream().mapToDouble(figure).toArray())));
        text.append(" |\n");
    }

    private static String spread(String format, double[] values) {
        double sum = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            sum += value;
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        String mean = String.format(Locale.ROOT, format, sum / values.length);
        return max == 0
                ? "-"
                : values.length == 1
                        ? mean
                        : String.format(Locale.ROOT, "%s (" + format + " to " + format + ")", mean, min, max);
    }

    private static void dollars(StringBuilder text, Map<String, List<JsonNode>> systems) throws IOException {
        CostReport report = new CostReport(
                ResultFile.read(RESULT), PriceBooks.load("aws-us-east-1"), StoreRoute.ENDPOINT, Projection.NONE);
        text.append("| dollars per TB, transfer and requests (AWS)");
        systems.forEach((system, rounds) -> {
            double produced = rounds.stream()
                    .mapToDouble(round -> round.path("producedBytes").asDouble())
                    .sum();
            double dollars = report.line(KINDS.get(system)).orElseThrow().bill().totalDollars();
            text.append(String.format(Locale.ROOT, " | %.2f", dollars / produced * 1e12));
        });
        text.append(" |\n");
    }

    /** Within a round, so that what disturbed one round disturbs both sides. */
    private static void ratios(StringBuilder text, Map<String, List<JsonNode>> systems) {
        List<JsonNode> narrows = systems.getOrDefault("narrows", List.of());
        List<String> sentences = new ArrayList<>();
        for (String base : List.of("stock", "stock-rack")) {
            List<JsonNode> others = systems.getOrDefault(base, List.of());
            if (!others.isEmpty()) {
                sentences.add(String.format(
                        Locale.ROOT,
                        "Narrows / %s: throughput %s, CPU per GB %s",
                        base.equals("stock") ? "Kafka" : "rack-aware",
                        ratio(
                                narrows,
                                others,
                                round -> round.path("throughputMBps").asDouble()),
                        ratio(narrows, others, ReadmeResultsTest::cpuPerGB)));
            }
        }
        if (!sentences.isEmpty()) {
            text.append(sentences.stream().collect(Collectors.joining(". ", "", ".\n\n")));
        }
    }

    private static String ratio(List<JsonNode> ones, List<JsonNode> others, ToDoubleFunction<JsonNode> figure) {
        List<Double> ratios = new ArrayList<>();
        for (JsonNode one : ones) {
            others.stream()
                    .filter(other -> other.path("round").equals(one.path("round")))
                    .forEach(other -> ratios.add(figure.applyAsDouble(one) / figure.applyAsDouble(other)));
        }
        return spread("%.2f", ratios.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
