package io.narrows.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CompareReportTest {
    private static final CompareReport REPORT = Samples.report(List.of(
            Samples.measured(SystemUnderTest.STOCK, 1, 10, 3_300_000_000L),
            Samples.measured(SystemUnderTest.NARROWS, 1, 8, 8_000_000L)));

    @Test
    void jsonHasTheFieldsThatOthersRead() {
        JsonNode json = CompareJson.tree(REPORT);

        assertThat(json.path("schema").asText()).isEqualTo("narrows-bench-1");
        JsonNode round = json.path("rounds").path(1);
        assertThat(round.path("system").asText()).isEqualTo("narrows");
        assertThat(round.path("producedBytes").asLong()).isEqualTo(1_000_000_000);
        assertThat(round.path("throughputMBps").asDouble()).isCloseTo(125, within(1e-9));
        assertThat(round.path("zoneBytes").path(0).path("from").asText()).isEqualTo("a");
        assertThat(round.path("zoneBytes").path(0).path("to").asText()).isEqualTo("b");
        assertThat(round.path("zoneBytes").path(0).path("bytes").asLong()).isEqualTo(8_000_000);
        assertThat(round.path("s3Bytes").path(0).path("up").asLong()).isEqualTo(3);
        assertThat(round.path("s3").path("put").asLong()).isEqualTo(10);
        assertThat(round.path("cpuSeconds").path("brokers").asDouble()).isEqualTo(8);
        assertThat(round.path("ackMs").path("max").asDouble()).isCloseTo(8, within(0.01));
        assertThat(round.path("verdict").path("lost").isNumber()).isTrue();
        assertThat(json.path("machine").path("processors").asInt()).isEqualTo(2);
        assertThat(json.path("commit").asText()).isEqualTo("abc123");
    }

    @Test
    void targetIsJudgedForTheProxyPathAlone() {
        assertThat(REPORT.targets()).singleElement().satisfies(target -> {
            assertThat(target.seen()).isCloseTo(0.008, within(1e-9));
            assertThat(target.isMet()).isTrue();
        });
        CompareReport missed = Samples.report(List.of(Samples.measured(SystemUnderTest.NARROWS, 1, 8, 11_000_000L)));
        assertThat(missed.targets())
                .singleElement()
                .satisfies(target -> assertThat(target.isMet()).isFalse());
        assertThat(missed.text()).contains("MISSED");
    }

    @Test
    void tableShowsSystemsSideBySideWithTheory() {
        assertThat(REPORT.text())
                .contains("Kafka 4.3.1")
                .containsPattern("between zones, bytes per byte produced +3\\.3000 +0\\.0080")
                .containsPattern("of batches alone, in theory +3\\.33 +0\\.00")
                .contains("Narrows / Kafka 4.3.1: throughput 1.25 (one round)");
    }

    @Test
    void pageEscapesWhatItShowsAndNeedsNothingElse() {
        String page = CompareHtml.page(REPORT);

        assertThat(page)
                .contains("a load &amp; &lt;its&gt; title")
                .contains("a &lt;processor&gt;")
                .contains("--systems &quot;x&quot;")
                .contains("prefers-color-scheme: dark")
                .contains("@media print")
                .contains("<svg ")
                .doesNotContain("<its>")
                .doesNotContain("<script")
                .doesNotContain("<link")
                .doesNotContain("http");
    }

    @Test
    void theoryCountsReaders() {
        LoadCase threeReaders =
                new LoadCase("fanout-3", "", List.of(), 3, Samples.LOAD.duration(), Samples.LOAD.contestants());

        assertThat(threeReaders.theory(SystemUnderTest.STOCK)).isCloseTo(4.667, within(0.001));
        assertThat(threeReaders.theory(SystemUnderTest.STOCK_RACK)).isCloseTo(2.667, within(0.001));
        assertThat(threeReaders.theory(SystemUnderTest.NARROWS)).isZero();
    }
}
