package io.narrows.router.policy;

import io.narrows.relay.Checks;

/**
 * Keeps the books of holding and of not holding: entries go through a window on paper that is always held for the whole
 * linger, whatever happens to the real one, and when it ends, what it would have cost held is set against what its
 * entries would have cost each on its own. Both sums are exponentially weighted, so that the last seconds count. Owned by
 * the router's loop; time is passed in.
 *
 * <p>Nothing is assumed about how entries arrive: at random, evenly or in bursts, the trial sees what a held window would
 * have caught.
 */
final class HoldTrial {
    /** What a window with these contents costs when it takes the cheaper path. */
    interface Cost {
        double cheaperPath(WindowContents contents);
    }

    private final double halfLifeNanos;
    private final long lingerNanos;
    private final Cost cost;
    private double heldDollars;
    private double aloneDollars;
    private long weightedAt;
    private WindowContents open = new WindowContents();

    HoldTrial(long halfLifeNanos, long lingerNanos, Cost cost) {
        Checks.argument(halfLifeNanos > 0, "a half-life is positive");
        this.halfLifeNanos = halfLifeNanos;
        this.lingerNanos = lingerNanos;
        this.cost = cost;
    }

    /** The contents of the window on paper, to which an entry that arrives now is to be added. */
    WindowContents openAt(long now) {
        if (!open.isEmpty() && now - open.openedAt() >= lingerNanos) {
            double weight = Math.pow(0.5, (now - weightedAt) / halfLifeNanos);
            weightedAt = now;
            heldDollars = heldDollars * weight + cost.cheaperPath(open);
            aloneDollars = aloneDollars * weight + open.aloneDollars();
            open = new WindowContents();
        }
        return open;
    }

    /** The share of their cost that held windows save lately, the open one included. */
    double savedShare() {
        double alone = aloneDollars + open.aloneDollars();
        return alone <= 0 ? 0 : 1 - (heldDollars + cost.cheaperPath(open)) / alone;
    }
}
