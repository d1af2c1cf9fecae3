package io.narrows.bench.compare;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** One system's figure divided by another's, round by round: the mean and how far rounds lie apart. */
public record Ratio(double mean, double min, double max, int rounds) {
    static final Ratio NONE = new Ratio(Double.NaN, Double.NaN, Double.NaN, 0);

    /** Only rounds that both have, under this load, and in which the divisor is not zero. */
    static Ratio of(
            List<Measured> all,
            String load,
            SystemUnderTest one,
            SystemUnderTest other,
            ToDoubleFunction<Measured> figure) {
        double[] ratios = all.stream()
                .filter(m -> m.contestant() == one && m.load().equals(load))
                .flatMapToDouble(m -> counterpart(all, m, other, figure).stream()
                        .filter(divisor -> divisor > 0)
                        .map(divisor -> figure.applyAsDouble(m) / divisor))
                .toArray();
        if (ratios.length == 0) {
            return NONE;
        }
        double sum = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (double ratio : ratios) {
            sum += ratio;
            min = Math.min(min, ratio);
            max = Math.max(max, ratio);
        }
        return new Ratio(sum / ratios.length, min, max, ratios.length);
    }

    private static OptionalDouble counterpart(
            List<Measured> all, Measured of, SystemUnderTest other, ToDoubleFunction<Measured> figure) {
        return all.stream()
                .filter(m -> m.contestant() == other
                        && m.round() == of.round()
                        && m.load().equals(of.load()))
                .mapToDouble(figure)
                .findFirst();
    }

    public boolean isKnown() {
        return rounds > 0;
    }

    @Override
    public String toString() {
        if (!isKnown()) {
            return "-";
        }
        return rounds == 1
                ? String.format(Locale.ROOT, "%.2f (one round)", mean)
                : String.format(Locale.ROOT, "%.2f (%.2f to %.2f in %d rounds)", mean, min, max, rounds);
    }
}
