package io.narrows.router.produce;

import io.narrows.relay.Checks;
import java.util.Arrays;

/**
 * How many values fell into each of a fixed row of buckets, 32 to a power of two, so that a percentile is at most three
 * percent off. Values are microseconds here; what is beyond {@link #MAX_VALUE} counts as that. Immutable.
 */
public final class LatencyCounts {
    /** About 19 hours. */
    static final long MAX_VALUE = (1L << 36) - 1;

    private static final int SUB_BITS = 5;
    private static final int SUB_BUCKETS = 1 << SUB_BITS;

    static final int BUCKETS = bucket(MAX_VALUE) + 1;

    /** Nothing. */
    public static final LatencyCounts EMPTY = new LatencyCounts(new long[BUCKETS]);

    private final long[] counts;

    private LatencyCounts(long[] counts) {
        this.counts = counts;
    }

    /** Takes over the array. */
    static LatencyCounts of(long[] counts) {
        Checks.argument(counts.length == BUCKETS, "counts must have " + BUCKETS + " buckets");
        return new LatencyCounts(counts);
    }

    static int bucket(long value) {
        long bounded = Math.max(0, Math.min(MAX_VALUE, value));
        if (bounded < SUB_BUCKETS) {
            return (int) bounded;
        }
        int shift = 63 - Long.numberOfLeadingZeros(bounded) - SUB_BITS;
        return (shift + 1) * SUB_BUCKETS + (int) (bounded >>> shift) - SUB_BUCKETS;
    }

    /** The middle of a bucket. */
    private static long value(int bucket) {
        if (bucket < SUB_BUCKETS) {
            return bucket;
        }
        int shift = bucket / SUB_BUCKETS - 1;
        long low = (long) (bucket % SUB_BUCKETS + SUB_BUCKETS) << shift;
        return low + (1L << shift) / 2;
    }

    public LatencyCounts plus(LatencyCounts other) {
        long[] sum = counts.clone();
        Arrays.setAll(sum, i -> counts[i] + other.counts[i]);
        return new LatencyCounts(sum);
    }

    /** What came after {@code earlier}, which was taken from the same histogram. */
    public LatencyCounts minus(LatencyCounts earlier) {
        long[] difference = counts.clone();
        Arrays.setAll(difference, i -> counts[i] - earlier.counts[i]);
        return new LatencyCounts(difference);
    }

    public long count() {
        return Arrays.stream(counts).sum();
    }

    /** The value below which this share of all lies, from 0 to 100 percent; 0 when there is none. */
    public long percentile(double percent) {
        long rank = (long) Math.ceil(count() * percent / 100);
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            seen += counts[bucket];
            if (counts[bucket] > 0 && seen >= rank) {
                return value(bucket);
            }
        }
        return 0;
    }
}
