package io.narrows.s3server;

import java.util.Locale;
import java.util.SplittableRandom;

/** How long one kind of request takes. */
public sealed interface Delay {
    /** @param bytes of the request's or the answer's body */
    long drawNanos(long bytes, SplittableRandom random);

    /** A time with jitter drawn evenly from both sides, in nanoseconds, whatever the size. */
    record Even(long nanos, long jitterNanos) implements Delay {
        @Override
        public long drawNanos(long bytes, SplittableRandom random) {
            long spread = jitterNanos == 0 ? 0 : random.nextLong(-jitterNanos, jitterNanos + 1);
            return Math.max(0, nanos + spread);
        }

        @Override
        public String toString() {
            String jitter = jitterNanos == 0 ? "" : "~" + jitterNanos / 1_000_000 + "ms";
            return nanos / 1_000_000 + "ms" + jitter;
        }
    }

    /**
     * A skewed distribution: log-normal through the median and the 99th percentile of a small body, and one request in
     * 500 from a tail that reaches, evenly in orders of magnitude, from there to the maximum. All of it grows with the
     * body.
     *
     * @param perMibNanos what each MiB adds to the median
     */
    record Skewed(long medianNanos, long p99Nanos, long maxNanos, long perMibNanos) implements Delay {
        private static final double Z99 = 2.3263;
        private static final double TAIL_SHARE = 1.0 / 500;
        private static final double MIB = 1 << 20;

        static Skewed ofMillis(long median, long p99, long max, long perMib) {
            return new Skewed(median * 1_000_000, p99 * 1_000_000, max * 1_000_000, perMib * 1_000_000);
        }

        @Override
        public long drawNanos(long bytes, SplittableRandom random) {
            double size = 1 + bytes / MIB * perMibNanos / medianNanos;
            double small = random.nextDouble() < TAIL_SHARE
                    ? p99Nanos * Math.pow((double) maxNanos / p99Nanos, random.nextDouble())
                    : medianNanos * Math.pow((double) p99Nanos / medianNanos, random.nextGaussian() / Z99);
            return (long) (Math.min(small, (double) maxNanos) * size);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "p50 %d ms, p99 %d ms, max %d ms, +%d ms/MiB",
                    medianNanos / 1_000_000,
                    p99Nanos / 1_000_000,
                    maxNanos / 1_000_000,
                    perMibNanos / 1_000_000);
        }
    }
}
