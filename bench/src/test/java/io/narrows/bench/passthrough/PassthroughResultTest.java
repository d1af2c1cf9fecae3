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

    @Test
    void roundsAreMediansAndPercentilesAreOverAllRequests() {
        PassthroughResult result = PassthroughResult.of(
                new PassthroughPlan(1, 1024, 100, 3, Map.of()),
                Map.of(
                        Way.DIRECT,
                        List.of(sample(100, 200), sample(300, 200), sample(200, 200)),
                        Way.PROXY,
                        List.of(sample(180, 300), sample(190, 300), sample(170, 900))));
        PassthroughResult.Figures proxy = result.figures().get(Way.PROXY);
        assertThat(result.figures().get(Way.DIRECT).readMegabytesPerSecond()).isEqualTo(200);
        assertThat(proxy.readMegabytesPerSecond()).isEqualTo(180);
        assertThat(proxy.fetchMicros().p50()).isEqualTo(300);
        assertThat(proxy.fetchMicros().p99()).isBetween(895L, 905L);
        assertThat(result.table()).contains("x 0.90").contains("+100");
        assertThat(result.json()).contains("\"PROXY\"").contains("\"proxyCpuMillisPerMegabyte\"");
    }

    @Test
    void ofTwoRoundsTheMedianIsNotTheBetterOne() {
        List<Sample> two = List.of(sample(300, 200), sample(100, 200));
        PassthroughResult result = PassthroughResult.of(
                new PassthroughPlan(1, 1024, 100, 2, Map.of()), Map.of(Way.DIRECT, two, Way.PROXY, two));
        assertThat(result.figures().get(Way.PROXY).readMegabytesPerSecond()).isEqualTo(200);
    }
}
