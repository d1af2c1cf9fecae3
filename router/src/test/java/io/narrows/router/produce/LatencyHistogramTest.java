package io.narrows.router.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    private final LatencyHistogram histogram = new LatencyHistogram();

    @Test
    void percentilesAreWithinThreePercentOfTheTrueOnes() {
        Random random = new Random(1);
        long[] values = new long[20_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (long) Math.exp(random.nextDouble() * 18);
            histogram.update(TimeUnit.MICROSECONDS.toNanos(values[i]));
        }
        Arrays.sort(values);

        for (double percent : new double[] {1, 25, 50, 90, 99, 99.9}) {
            long exact = values[(int) Math.ceil(values.length * percent / 100) - 1];
            assertThat(histogram.counts().percentile(percent)).isCloseTo(exact, withinPercentage(3));
        }
    }

    @Test
    void whatCameBeforeIsNotInTheDifference() {
        histogram.update(TimeUnit.MICROSECONDS.toNanos(1_000_000));
        LatencyCounts before = histogram.counts();
        histogram.update(TimeUnit.MICROSECONDS.toNanos(20));
        histogram.update(TimeUnit.MICROSECONDS.toNanos(30));

        LatencyCounts since = histogram.counts().minus(before);

        assertThat(since.count()).isEqualTo(2);
        assertThat(since.percentile(50)).isEqualTo(20);
        assertThat(since.percentile(100)).isEqualTo(30);
        assertThat(since.plus(before).count()).isEqualTo(3);
    }

    @Test
    void valuesOutsideTheBucketsCountAtTheirEnds() {
        histogram.update(-5);
        histogram.update(Long.MAX_VALUE);

        assertThat(histogram.counts().percentile(50)).isZero();
        assertThat(histogram.counts().percentile(100)).isCloseTo(LatencyCounts.MAX_VALUE, withinPercentage(3));
    }

    @Test
    void nothingHasNoPercentiles() {
        assertThat(LatencyCounts.EMPTY.count()).isZero();
        assertThat(LatencyCounts.EMPTY.percentile(99)).isZero();
    }
}
