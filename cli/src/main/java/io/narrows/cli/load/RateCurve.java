package io.narrows.cli.load;

import io.narrows.relay.Checks;
import java.util.List;

/**
 * How a rate changes over a run: shares of its peak at evenly spaced points, straight lines between them, and from the
 * last point back to the first. A run of any length passes through the curve once. Immutable.
 */
public record RateCurve(String name, List<Double> shares) {
    public static final RateCurve CONSTANT = new RateCurve("constant", List.of(1.0));

    /**
     * A day, hour by hour from midnight: a trickle in the night, a batch job at three, the morning's rise, a dip at noon,
     * the peak of the afternoon, the evening. The mean is about 42 % of the peak. The night is a hundredth of the peak, so
     * that a day at some tens of megabytes per second crosses break-even several times.
     */
    public static final RateCurve DAY = new RateCurve(
            "day",
            List.of(
                    0.05, 0.02, 0.01, 0.50, 0.01, 0.01, 0.03, 0.10, 0.30, 0.55, 0.75, 0.80, //
                    0.60, 0.70, 0.90, 1.00, 0.95, 0.80, 0.60, 0.50, 0.40, 0.30, 0.20, 0.10));

    public RateCurve {
        shares = List.copyOf(shares);
        Checks.argument(!shares.isEmpty(), "a rate curve needs at least one point");
        for (double share : shares) {
            Checks.argument(share > 0 && share <= 1, "a share of a rate curve must be above 0 and at most 1");
        }
    }

    /** The share of the peak when this part of the run, from 0 to 1, is over. */
    public double shareAt(double fraction) {
        double at = (fraction - Math.floor(fraction)) * shares.size();
        int index = Math.min((int) at, shares.size() - 1);
        double from = shares.get(index);
        double to = shares.get((index + 1) % shares.size());
        return from + (to - from) * (at - index);
    }

    /** What a run produces, divided by what it would produce at its peak rate all the time. */
    public double meanShare() {
        return shares.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }
}
