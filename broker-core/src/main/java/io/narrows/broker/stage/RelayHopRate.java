package io.narrows.broker.stage;

/**
 * Estimates the rate of bytes that staging would keep from crossing zones: exponentially weighted, half-life one second.
 * Thread-safe.
 */
final class RelayHopRate {
    private static final double HALF_LIFE_NANOS = 1e9;
    private static final double NANOS_PER_SECOND = 1e9;

    // Guarded by this.
    private double weighted;
    private long updatedAt;

    RelayHopRate(long nowNanos) {
        updatedAt = nowNanos;
    }

    /** Counts bytes times hops and returns the rate per second, these included. */
    synchronized double add(double hopBytes, long nowNanos) {
        long elapsed = Math.max(0, nowNanos - updatedAt);
        weighted = weighted * Math.exp(-Math.log(2) * elapsed / HALF_LIFE_NANOS) + hopBytes;
        updatedAt += elapsed;
        // A steady rate r settles at a weight of r * half-life / ln 2.
        return weighted * Math.log(2) / (HALF_LIFE_NANOS / NANOS_PER_SECOND);
    }
}
