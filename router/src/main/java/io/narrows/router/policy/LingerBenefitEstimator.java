package io.narrows.router.policy;

import io.narrows.relay.Checks;

/**
 * Keeps the books of holding and of not holding: entries go through a simulated window that is always held for the whole
 * linger, independently of the real one, and when it ends, what it would have cost held is set against what its
 * entries would have cost each on its own. Both sums are exponentially weighted, so that the last seconds count. Owned by
 * the router's loop; time is passed in.
 *
 * <p>Nothing is assumed about how entries arrive: at random, evenly or in bursts, the trial sees what a held window would
 * have caught. The sums are in dollars, so what a large load left in them would outweigh a trickle for long after its end:
 * after windows that saved too little one after the other they begin anew.
 */
final class LingerBenefitEstimator {
    /** What a window with these contents costs when it takes the cheaper path. */
    interface Cost {
        double cheaperPath(WindowContents contents);
    }

    /** Windows in a row that would not have been worth holding, longer than the sums remember at a constant load. */
    private static final int MOST_IN_VAIN = 8;

    private final double halfLifeNanos;
    private final long lingerNanos;
    private final Cost cost;
    private double heldDollars;
    private double aloneDollars;
    private long weightedAt;
    private int inVain;
    private WindowContents open = new WindowContents();

    LingerBenefitEstimator(long halfLifeNanos, long lingerNanos, Cost cost) {
        Checks.argument(halfLifeNanos > 0, "half-life must be > 0");
        this.halfLifeNanos = halfLifeNanos;
        this.lingerNanos = lingerNanos;
        this.cost = cost;
    }

    /** The contents of the simulated window, to which an entry that arrives now is to be added. */
    WindowContents openAt(long now) {
        if (!open.isEmpty() && now - open.openedAt() >= lingerNanos) {
            end(cost.cheaperPath(open), open.aloneDollars(), now);
            open = new WindowContents();
        }
        return open;
    }

    private void end(double held, double alone, long now) {
        inVain = saved(held, alone) >= PathPolicy.WORTH_HOLDING ? 0 : inVain + 1;
        double weight = inVain < MOST_IN_VAIN ? Math.pow(0.5, (now - weightedAt) / halfLifeNanos) : 0;
        weightedAt = now;
        heldDollars = heldDollars * weight + held;
        aloneDollars = aloneDollars * weight + alone;
    }

    private static double saved(double held, double alone) {
        return alone <= 0 ? 0 : 1 - held / alone;
    }

    /** The share of their cost that recently held windows save, the open one included. */
    double savedShare() {
        return saved(heldDollars + cost.cheaperPath(open), aloneDollars + open.aloneDollars());
    }
}
