package io.narrows.cli.cost.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Projection;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.StoreRoute;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.price.PriceBooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResultFileTest {
    private static final Percentage TWO_PERCENT = Percentage.withPercentage(2);

    /** The measured run behind the table in README. */
    private static final Path RESULT = Path.of("..", "docs", "results", "compare.json");

    /** Every sum is worked out here from the file, not by the code that is tested. */
    @ParameterizedTest
    @CsvSource({"stock, STOCK", "stock-rack, STOCK_RACK", "narrows, NARROWS"})
    void aComparisonRunReconcilesWithTheKernelAndTheS3Server(String name, SystemKind system) throws Exception {
        PriceBook prices = PriceBooks.load("aws-us-east-1");
        long produced = 0;
        long crossing = 0;
        long puts = 0;
        long gets = 0;
        for (JsonNode round : rounds(name)) {
            produced += round.path("producedBytes").asLong();
            puts += round.path("s3").path("put").asLong();
            gets += round.path("s3").path("get").asLong();
            for (JsonNode pair : round.path("zoneBytes")) {
                boolean same = pair.path("from").asText().equals(pair.path("to").asText());
                crossing += same ? 0 : pair.path("bytes").asLong();
            }
        }

        Measurement measurement = ResultFile.read(RESULT);
        CostReport report = new CostReport(measurement, prices, StoreRoute.ENDPOINT, Projection.NONE);
        Usage usage = measurement.usage(system).orElseThrow();

        assertThat(produced).isPositive();
        assertThat(usage.producedBytes()).isCloseTo(produced, TWO_PERCENT);
        assertThat(usage.crossBytes()).isCloseTo(crossing, TWO_PERCENT);
        assertThat(usage.store().put()).isCloseTo(puts, TWO_PERCENT);
        assertThat(usage.store().get()).isCloseTo(gets, TWO_PERCENT);
        double dollars = crossing * 0.02 / 1e9 + puts * 0.005 / 1000 + gets * 0.0004 / 1000;
        assertThat(report.line(system).orElseThrow().bill().totalDollars()).isCloseTo(dollars, TWO_PERCENT);
        assertThat(usage.knowsZones()).isTrue();
    }

    /** Under the run's first load, the only one that all systems have. */
    private static List<JsonNode> rounds(String system) throws IOException {
        JsonNode root = new ObjectMapper().readTree(RESULT.toFile());
        List<JsonNode> rounds = new ArrayList<>();
        for (JsonNode round : root.path("rounds")) {
            if (round.path("system").asText().equals(system)
                    && round.path("load").equals(root.path("load").path("name"))) {
                rounds.add(round);
            }
        }
        return rounds;
    }

    @Test
    void latencyIsTheMedianOfTheRounds() throws Exception {
        double[] sorted = rounds("narrows").stream()
                .mapToDouble(round -> round.path("ackMs").path("p99").asDouble())
                .sorted()
                .toArray();
        assertThat(ResultFile.read(RESULT).details().latencies()).anySatisfy(one -> {
            assertThat(one.what()).isEqualTo("Narrows");
            assertThat(one.p99Ms()).isEqualTo(sorted[sorted.length / 2]);
        });
    }

    @Test
    void otherLoadsOfTheRunAreLeftOutAndNamed() throws Exception {
        assertThat(ResultFile.read(RESULT).origin().notes())
                .anySatisfy(note -> assertThat(note).contains("large-64KiB").contains("large-16KiB"));
    }

    @Test
    void aDemoRunIsReadToo(@TempDir Path dir) throws IOException {
        Path file = dir.resolve("demo.json");
        Files.writeString(file, """
                {"run":{"path":"staged","seconds":20},
                 "bytes":{"produced":1000,"crossZone":{"produce":0,"relay":3,"replication":4,"consume":1,"metadata":2,
                          "stockKafka":2667,"stockKafkaFromLeaders":3333}},
                 "s3":{"put":5,"get":9,"bytesPut":1000,"bytesGet":3000},
                 "latency":{"produceMs":{"p50":20,"p99":60}}}""");
        Measurement measurement = ResultFile.read(file);
        assertThat(measurement.usage(SystemKind.NARROWS).orElseThrow().crossBytes())
                .isEqualTo(10);
        assertThat(measurement.usage(SystemKind.STOCK).orElseThrow().crossBytes())
                .isEqualTo(3333);
        assertThat(measurement.usage(SystemKind.NARROWS).orElseThrow().knowsZones())
                .isFalse();
    }

    @Test
    void anotherFileIsRefusedWithWhatToDo(@TempDir Path dir) throws IOException {
        assertThatThrownBy(() -> ResultFile.read(dir.resolve("none.json"))).hasMessageContaining("narrows demo --json");
        Files.writeString(dir.resolve("x.json"), "{");
        assertThatThrownBy(() -> ResultFile.read(dir.resolve("x.json"))).hasMessageContaining("is not JSON");
        Files.writeString(dir.resolve("y.json"), "{\"schema\":\"other\"}");
        assertThatThrownBy(() -> ResultFile.read(dir.resolve("y.json"))).hasMessageContaining("narrows-bench-1");
    }
}
