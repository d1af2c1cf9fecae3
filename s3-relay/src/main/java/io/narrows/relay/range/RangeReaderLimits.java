package io.narrows.relay.range;

import io.narrows.relay.Checks;
import io.narrows.relay.price.PriceBook;
import java.util.concurrent.TimeUnit;

/**
 * Bounds of a {@link CachingRangeReader}. Memory outside the heap stays below {@code cacheBytes + inFlightBytes}, plus
 * what callers have not released after it left the cache.
 *
 * @param cacheBytes bound of the cache; what callers still hold of what was in it counts
 * @param inFlightBytes bound of all GETs in flight together; a single larger one may go alone
 * @param getsInFlight bound of GETs in flight; prefetches take three quarters of them at most
 * @param queuedGets bound of GETs that wait; more fail as UNAVAILABLE, prefetches are dropped
 * @param coalescing how ranges become GETs
 * @param readDeadlineNanos from a read until it fails as UNAVAILABLE
 */
public record RangeReaderLimits(
        long cacheBytes,
        long inFlightBytes,
        int getsInFlight,
        int queuedGets,
        Coalescing coalescing,
        long readDeadlineNanos) {
    public RangeReaderLimits {
        Checks.argument(cacheBytes >= 0, "cache bytes must be >= 0, got " + cacheBytes);
        Checks.argument(inFlightBytes > 0 && getsInFlight > 0, "GETs and bytes in flight must be > 0");
        Checks.argument(queuedGets >= 0 && readDeadlineNanos > 0, "queued GETs must be >= 0 and the read deadline > 0");
    }

    /** Eight GETs of 8 MiB at a time, 1024 waiting, default coalescing, ten seconds. */
    public static RangeReaderLimits withCache(long cacheBytes) {
        return new RangeReaderLimits(cacheBytes, 64 << 20, 8, 1024, Coalescing.DEFAULT, TimeUnit.SECONDS.toNanos(10));
    }

    /**
     * How ranges of one object become GETs.
     *
     * @param maxGapBytes bytes between two ranges that are read along rather than paid for with another request
     * @param maxGetBytes ranges are joined up to this; a single larger range is one GET
     * @param maxRangeBytes longest range that is read at all; a pointer that names more is INVALID
     * @param prefetchDelayNanos how long a prefetch waits for others of the same object
     */
    public record Coalescing(int maxGapBytes, int maxGetBytes, int maxRangeBytes, long prefetchDelayNanos) {
        /** Receiving so much more takes about the processor time of another GET, and its time on the way. */
        private static final int MOST_GAP_BYTES = 1 << 20;

        /** As long as a WAL object may be. */
        private static final int MAX_RANGE_BYTES = 512 << 20;

        /**
         * Twenty milliseconds of delay: the links of one window reach a follower in several fetches from each leader,
         * and consumers hear of them with the fetch after.
         */
        public static final Coalescing DEFAULT =
                new Coalescing(MOST_GAP_BYTES, 8 << 20, MAX_RANGE_BYTES, TimeUnit.MILLISECONDS.toNanos(20));

        /** The default, but where bytes read have a price, no gap that costs more than the request it saves. */
        public static Coalescing at(PriceBook prices) {
            double paysUpTo =
                    prices.retrievalPerByte() == 0 ? MOST_GAP_BYTES : prices.perGet() / prices.retrievalPerByte();
            return new Coalescing(
                    (int) Math.min(MOST_GAP_BYTES, paysUpTo),
                    DEFAULT.maxGetBytes,
                    DEFAULT.maxRangeBytes,
                    DEFAULT.prefetchDelayNanos);
        }

        public Coalescing {
            Checks.argument(maxGapBytes >= 0 && maxGetBytes > 0, "gap bytes must be >= 0 and GET bytes > 0");
            Checks.argument(
                    maxRangeBytes > 0 && prefetchDelayNanos >= 0,
                    "range bytes must be > 0 and the prefetch delay >= 0");
        }
    }
}
