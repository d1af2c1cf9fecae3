package io.narrows.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.cli.cost.AckLatency;
import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.Attribution.StockBytes;
import io.narrows.cli.cost.Basis;
import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.Measurement.Details;
import io.narrows.cli.cost.Measurement.Origin;
import io.narrows.cli.cost.Measurement.Topology;
import io.narrows.cli.cost.ObjectSizes;
import io.narrows.cli.cost.ObjectSizes.Bucket;
import io.narrows.cli.cost.PathBytes;
import io.narrows.cli.cost.StoreRoute;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.cost.ZoneFlow.Kind;
import io.narrows.relay.price.PriceBooks;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReportTest {
    private static final String EVIL = "<script>alert(\"1\")</script>&'";

    private static CostReport report() {
        List<Usage> systems = List.of(
                usage(SystemKind.STOCK, Basis.COMPUTED, 3_333_000_000L, StoreUse.NONE),
                usage(SystemKind.STOCK_RACK, Basis.COMPUTED, 2_667_000_000L, StoreUse.NONE),
                usage(
                        SystemKind.NARROWS,
                        Basis.MEASURED,
                        9_000_000,
                        new StoreUse(250, 900, 3, 0, 0, 1_000_000_000L, 3_000_000_000L, 2, StoreUse.UNKNOWN)));
        List<Attribution> names = List.of(
                new Attribution(EVIL, new PathBytes(100, 500, 0), new StockBytes(400, 1200, 200, 0)),
                new Attribution("=cmd|' /C calc'!A0", new PathBytes(0, 400, 0), StockBytes.NONE));
        Details details = new Details(
                names,
                names,
                new ObjectSizes(List.of(new Bucket(64 << 10, 3), new Bucket(Long.MAX_VALUE, 7))),
                List.of(new AckLatency("path local", 4, 9), new AckLatency("path staged", 80, 150)),
                Topology.THREE_ZONES);
        return new CostReport(
                new Measurement(new Origin("test " + EVIL, 10, List.of("note " + EVIL)), systems, details),
                PriceBooks.load("aws-us-east-1"),
                StoreRoute.ENDPOINT,
                CostReport.Projection.MONTH);
    }

    private static Usage usage(SystemKind system, Basis basis, long crossing, StoreUse store) {
        return new Usage(system, basis, 1_000_000_000L, List.of(new ZoneFlow(Kind.ALL, EVIL, "b", crossing)), store);
    }

    @Test
    void whatOthersNamedCannotChangeThePage() {
        String html = HtmlReport.write(report());
        assertThat(html)
                .doesNotContain("<script")
                .contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;");
    }

    @Test
    void thePageNeedsNothingFromElsewhere() {
        String html = HtmlReport.write(report());
        assertThat(html)
                .doesNotContain("src=")
                .doesNotContain("href=")
                .doesNotContain("url(")
                .doesNotContain("@import")
                .contains("prefers-color-scheme: dark", "@media print", "<svg");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "plain | plain",
                "a,b | \"a,b\"",
                "say \"hi\" | \"say \"\"hi\"\"\"",
                "-12.5 | -12.5",
                "1.0E-5 | 1.0E-5",
                "=1+1 | '=1+1",
                "@x,y | \"'@x,y\""
            })
    void csvIsQuotedAndRunsNoFormulas(String value, String quoted) {
        assertThat(CsvReport.quoted(value)).isEqualTo(quoted);
    }

    @Test
    void everyLineOfTheCsvHasFiveFields() {
        List<String> lines = CsvReport.write(report()).lines().toList();
        assertThat(lines).hasSizeGreaterThan(60);
        assertThat(lines)
                .allSatisfy(line -> assertThat(
                                line.replaceAll("\"([^\"]|\"\")*\"", "q").split(",", -1))
                        .hasSize(5));
        assertThat(lines).anyMatch(line -> line.startsWith("bills,Narrows / measured,dollars_per_tb,dollars,"));
    }

    @Test
    void jsonHoldsPlainNumbersAndNullWhereNothingWasCounted() throws Exception {
        JsonNode json = new ObjectMapper().readTree(JsonReport.write(report()));
        assertThat(json.path("schema").asText()).isEqualTo(JsonReport.SCHEMA);
        assertThat(json.path("bills").path(2).path("cross_zone_bytes").asLong()).isEqualTo(9_000_000);
        assertThat(json.path("requests")).anySatisfy(row -> {
            assertThat(row.path("request").asText()).isEqualTo("of these, hedges");
            assertThat(row.path("count").isNull()).isTrue();
        });
    }

    @Test
    void theTerminalShowsEveryTableInOrder() {
        StringWriter text = new StringWriter();
        TerminalReport.print(new PrintWriter(text), report());
        assertThat(text.toString())
                .containsSubsequence(
                        "Narrows saves $",
                        "What it costs",
                        "Savings by cause",
                        "Topics",
                        "Client ids",
                        "Requests to the object store",
                        "Sizes of WAL objects",
                        "Acknowledgement latency",
                        "Break-even rates of staging",
                        "Storage in the object store",
                        "Prices: aws-us-east-1 as of",
                        "How to read it");
    }

    @Test
    void decimalAndBinaryUnitsAreNeverMixed() {
        assertThat(Unit.BYTES.format(1_500_000_000L)).isEqualTo("1.50 GB");
        assertThat(Unit.BYTES.format(1 << 20)).isEqualTo("1.0 MB");
        assertThat(Unit.OBJECT_BYTES.format(1 << 20)).isEqualTo("1.0 MiB");
        assertThat(Unit.OBJECT_BYTES.format(110_000)).isEqualTo("107 KiB");
        assertThat(Unit.DOLLARS.format(-3.456)).isEqualTo("-$3.46");
        assertThat(Unit.DOLLARS.format(0.000123456)).isEqualTo("$0.000123");
        assertThat(Unit.DOLLARS.format(0.0)).isEqualTo("$0.00");
        assertThat(Unit.COUNT.format(null)).isEqualTo("-");
    }
}
