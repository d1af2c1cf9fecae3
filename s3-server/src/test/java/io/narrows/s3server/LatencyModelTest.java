package io.narrows.s3server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LatencyModelTest {
    @Test
    void timesAreParsedPerOperation() {
        LatencyModel model = LatencyModel.parse("put=60ms, get=1s~5ms");
        SplittableRandom random = new SplittableRandom(1);

        assertThat(model.drawNanos(Operation.PUT, 0, random)).isEqualTo(60_000_000L);
        assertThat(model.drawNanos(Operation.HEAD, 0, random)).isZero();
        assertThat(LongStream.range(0, 100).map(i -> model.drawNanos(Operation.GET, 4 << 20, random)))
                .allMatch(nanos -> nanos >= 995_000_000L && nanos <= 1_005_000_000L)
                .doesNotHaveDuplicates();
        assertThat(model).hasToString("put=60ms,get=1000ms~5ms");
    }

    @Test
    void emptyTextIsNoLatency() {
        assertThat(LatencyModel.parse("")).isEqualTo(LatencyModel.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "put",
                "put=",
                "put=60",
                "put=-1ms",
                "copy=5ms",
                "put=60ms,",
                "put=60ms~",
                "put=1m",
                "standard,put=5ms"
            })
    void malformedTextIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> LatencyModel.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("put=60ms");
    }

    /** The table of docs/reference/s3-latency.md: profile, kind, body in KiB, then p50 and p99 in ms. */
    @ParameterizedTest
    @CsvSource({
        "standard, PUT, 0, 45, 180",
        "standard, PUT, 1024, 61, 244",
        "standard, PUT, 4096, 109, 436",
        "standard, GET, 0, 25, 120",
        "standard, GET, 1024, 37, 178",
        "express, PUT, 0, 7, 16",
        "express, PUT, 1024, 12, 27",
        "express, PUT, 4096, 27, 62",
        "express, GET, 1024, 9, 22",
        "bad-day, PUT, 0, 150, 1500",
        "bad-day, PUT, 4096, 310, 3100",
        "bad-day, GET, 1024, 105, 1050",
    })
    void aProfileHasThePercentilesOfItsTable(String profile, Operation kind, int kib, double p50, double p99) {
        long[] drawn = draws(LatencyModel.parse(profile), kind, kib * 1024L, 7);
        Arrays.sort(drawn);

        assertThat(drawn[drawn.length / 2] / 1e6).isCloseTo(p50, withinPercentage(3));
        assertThat(drawn[drawn.length * 99 / 100] / 1e6).isCloseTo(p99, withinPercentage(15));
        assertThat(drawn[0]).isPositive();
    }

    @Test
    void aTailReachesFarBeyondTheNinetyNinthPercentileButNotBeyondTheMaximum() {
        long[] drawn = draws(LatencyModel.parse("standard"), Operation.PUT, 0, 7);

        assertThat(Arrays.stream(drawn).max().orElseThrow()).isBetween(1_000_000_000L, 1_500_000_000L);
    }

    @Test
    void theSameSeedDrawsTheSameLatencies() {
        LatencyModel model = LatencyModel.parse("bad-day");

        assertThat(draws(model, Operation.PUT, 1000, 3)).isEqualTo(draws(model, Operation.PUT, 1000, 3));
        assertThat(draws(model, Operation.PUT, 1000, 3)).isNotEqualTo(draws(model, Operation.PUT, 1000, 4));
    }

    @Test
    void onABadDayTheServerRefusesTwoPercentAndKeepsToItsSeed() {
        S3Faults faults = new S3Faults(() -> 0, 5, LatencyModel.parse("bad-day"));
        S3Faults again = new S3Faults(() -> 0, 5, LatencyModel.parse("bad-day"));
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            boolean refuses = faults.refuses(Operation.GET);
            assertThat(again.refuses(Operation.GET)).isEqualTo(refuses);
            refused += refuses ? 1 : 0;
        }

        assertThat(refused).isBetween(300, 500);
        assertThat(new S3Faults(() -> 0, 5, LatencyModel.parse("express")).refuses(Operation.PUT))
                .isFalse();
    }

    private static long[] draws(LatencyModel model, Operation operation, long bytes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return LongStream.range(0, 50_000)
                .map(i -> model.drawNanos(operation, bytes, random))
                .toArray();
    }
}
