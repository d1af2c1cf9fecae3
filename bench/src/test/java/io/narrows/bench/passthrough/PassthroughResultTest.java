package io.narrows.bench.passthrough;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** What becomes of the samples. */
final class PassthroughResultTest {
    private static Sample sample(double rate, long micros) {
        Histogram histogram = new Histogram(3);
        histogram.recordValueWithCount(micros, 100);
        return new Sample(rate, 0.5, histogram, histogram);
    }

    private static PassthroughPlan plan(int rounds) {
        return new PassthroughPlan(1, 1000, 3, 1024, 100, rounds, Map.of());
    }

    @Test
    void roundsAreMediansAndPercentilesAreOverAllRequests() {
        PassthroughResult result = PassthroughResult.of(
                plan(3),
                Map.of(
                        Way.DIRECT,
                        List.of(sample(100, 200), sample(300, 200), sample(200, 200)),
                        Way.PROXY,
                        List.of(sample(180, 300), sample(190, 300), sample(170, 900))));
        PassthroughResult.Figures proxy = result.figures().get(Way.PROXY);
        assertThat(result.figures().get(Way.DIRECT).readMegabytesPerSecond()).isEqualTo(200);
        assertThat(proxy.readMegabytesPerSecond()).isEqualTo(180);
        assertThat(result.readRatio()).isEqualTo(new PassthroughResult.Ratio(190 / 300.0, 0.85, 1.8));
        assertThat(proxy.fetchMicros().p50()).isEqualTo(300);
        assertThat(proxy.fetchMicros().p99()).isBetween(895L, 905L);
        assertThat(result.table()).contains("x 0.85").contains("x 0.63 to 1.80").contains("+100");
        assertThat(result.json()).contains("\"PROXY\"").contains("\"proxyCpuMillisPerMegabyte\"");
    }

    @Test
    void ofTwoRoundsTheMedianIsNotTheBetterOne() {
        List<Sample> two = List.of(sample(300, 200), sample(100, 200));
        PassthroughResult result = PassthroughResult.of(plan(2), Map.of(Way.DIRECT, two, Way.PROXY, two));
        assertThat(result.figures().get(Way.PROXY).readMegabytesPerSecond()).isEqualTo(200);
    }
}
