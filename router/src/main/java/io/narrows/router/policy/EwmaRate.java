package io.narrows.router.policy;

import io.narrows.relay.Checks;

/**
 * An exponentially weighted rate: what was added a half-life ago counts half. Owned by the router's loop; time is passed
 * in.
 */
final class EwmaRate {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double LN2 = Math.log(2);

    private final double halfLifeNanos;
    private double decayedSum;
    private long updatedAt;

    EwmaRate(long halfLifeNanos) {
        Checks.argument(halfLifeNanos > 0, "half-life must be > 0");
        this.halfLifeNanos = halfLifeNanos;
    }

    void add(double amount, long now) {
        decayTo(now);
        decayedSum += amount;
    }

    /** Units per second; a constant rate r is reported as r once some half-lives have passed. */
    double perSecond(long now) {
        decayTo(now);
        return perSecondOf(decayedSum);
    }

    /** By how much adding the amount raises the rate. */
    double perSecondOf(double amount) {
        return amount * LN2 * NANOS_PER_SECOND / halfLifeNanos;
    }

    private void decayTo(long now) {
        long elapsed = now - updatedAt;
        if (elapsed > 0) {
            decayedSum *= Math.pow(0.5, elapsed / halfLifeNanos);
        }
        updatedAt = now;
    }
}
