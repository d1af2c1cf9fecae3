package io.narrows.relay.store;

import java.util.Arrays;

/** The 99th percentile of the last latencies, worked out anew now and then. Used by one thread. */
final class RecentLatency {
    private static final int WINDOW = 512;
    /** Fewer samples say nothing about one in a hundred. */
    private static final int ENOUGH = 64;

    private static final int RECOMPUTE_EVERY = 32;

    private final long[] samples = new long[WINDOW];
    private long count;
    private long percentile99Nanos = -1;

    void record(long nanos) {
        samples[(int) (count % WINDOW)] = nanos;
        count++;
        if (count >= ENOUGH && count % RECOMPUTE_EVERY == 0) {
            int filled = (int) Math.min(count, WINDOW);
            long[] sorted = Arrays.copyOf(samples, filled);
            Arrays.sort(sorted);
            percentile99Nanos = sorted[(filled * 99 - 1) / 100];
        }
    }

    /** -1 until there are enough samples. */
    long percentile99Nanos() {
        return percentile99Nanos;
    }
}
