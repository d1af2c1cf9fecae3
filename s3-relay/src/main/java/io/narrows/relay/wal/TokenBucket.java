package io.narrows.relay.wal;

/**
 * A rate with a burst, as the time from which the bucket will be full again: no counter that drifts, no timer. Not
 * thread-safe: guarded by its owner.
 */
final class TokenBucket {
    private final long intervalNanos;
    private final long burstNanos;
    private long fullAtNanos;

    TokenBucket(double perSecond, int burst, long nowNanos) {
        this.intervalNanos = (long) (1e9 / perSecond);
        this.burstNanos = intervalNanos * (burst - 1L);
        this.fullAtNanos = nowNanos;
    }

    /** Nanoseconds until a token is there, 0 when one is. */
    long availableIn(long nowNanos) {
        return Math.max(0, fullAtNanos - burstNanos - nowNanos);
    }

    /** Takes a token; only when {@link #availableIn} is 0. */
    void take(long nowNanos) {
        fullAtNanos = (fullAtNanos - nowNanos > 0 ? fullAtNanos : nowNanos) + intervalNanos;
    }
}
