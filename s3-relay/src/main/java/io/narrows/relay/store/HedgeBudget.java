package io.narrows.relay.store;

/** Tokens for hedges: each request earns a share of one, up to a burst. Used by one thread. */
final class HedgeBudget {
    private final double share;
    private final double burst;
    private double tokens;

    HedgeBudget(double share, int burst) {
        this.share = share;
        this.burst = burst;
        this.tokens = burst;
    }

    void request() {
        tokens = Math.min(burst, tokens + share);
    }

    boolean tryHedge() {
        if (tokens < 1) {
            return false;
        }
        tokens -= 1;
        return true;
    }
}
