package io.narrows.bench.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.fairness.FairnessResult.Figures;
import io.narrows.bench.fairness.FairnessResult.Latency;
import io.narrows.bench.passthrough.Way;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** What is shown of the figures. */
final class FairnessResultTest {
    private static Figures figures(Neighbours neighbours, long micros, boolean exact) {
        Histogram histogram = new Histogram(3);
        histogram.recordValueWithCount(micros, 100);
        Latency latency = Latency.of(histogram);
        return new Figures(Way.PROXY, neighbours, latency, latency, latency, 12.5, 0, exact);
    }

    @Test
    void figuresAreByNeighboursInMilliseconds() {
        FairnessResult result = new FairnessResult(
                10,
                "0.1 MB/s",
                4,
                List.of(figures(Neighbours.NONE, 1_500, true), figures(Neighbours.PRODUCERS, 30_000, true)));
        assertThat(result.isExact()).isTrue();
        assertThat(result.table().lines().toList().get(2))
                .startsWith("proxy")
                .contains("none")
                .contains("1.5");
        assertThat(result.table().lines().toList().get(3)).contains("producers").contains("30.0", "12.5");
        assertThat(result.json()).contains("\"PRODUCERS\"").contains("\"acknowledged\"");
    }

    @Test
    void lostRecordsAreSeen() {
        FairnessResult result =
                new FairnessResult(10, "0.1 MB/s", 4, List.of(figures(Neighbours.READERS, 1_500, false)));
        assertThat(result.isExact()).isFalse();
        assertThat(result.table()).contains("NOT EXACT");
    }
}
