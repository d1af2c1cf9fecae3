package io.narrows.bench.compare;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * All rounds of one system under one load together: means of figures, sums of histograms.
 *
 * @param rounds at least one
 */
record Averages(SystemUnderTest contestant, LoadCase load, List<Measured> rounds) {
    Averages {
        rounds = List.copyOf(rounds);
    }

    static List<Averages> of(List<Measured> all, LoadCase load) {
        return Arrays.stream(SystemUnderTest.values())
                .map(one -> new Averages(
                        one,
                        load,
                        all.stream()
                                .filter(m -> m.contestant() == one && m.load().equals(load.name()))
                                .toList()))
                .filter(one -> !one.rounds().isEmpty())
                .toList();
    }

    double mean(ToDoubleFunction<Measured> figure) {
        OptionalDouble mean = rounds.stream().mapToDouble(figure).average();
        return mean.orElse(Double.NaN);
    }

    /** The figure divided by gigabytes (10^9 bytes) produced. */
    double perGB(ToDoubleFunction<Measured> figure) {
        return mean(m -> m.perGB(figure.applyAsDouble(m)));
    }

    /** The figure divided by bytes produced. */
    double perByte(ToDoubleFunction<Measured> figure) {
        return perGB(figure) / 1e9;
    }

    Histogram ackMicros() {
        return sum(Measured::ackMicros);
    }

    Histogram endToEndMicros() {
        return sum(Measured::endToEndMicros);
    }

    private Histogram sum(Function<Measured, Histogram> which) {
        Histogram sum = which.apply(rounds.get(0)).copy();
        rounds.stream().skip(1).forEach(m -> sum.add(which.apply(m)));
        return sum;
    }

    boolean isClean() {
        return rounds.stream().allMatch(Measured::isClean);
    }
}
