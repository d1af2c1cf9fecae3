package io.narrows.bench.fairness;

/** Who uses the proxy beside the small client. */
public enum Neighbours {
    NONE,
    PRODUCERS,
    READERS,
    BOTH;

    boolean produce() {
        return this == PRODUCERS || this == BOTH;
    }

    boolean read() {
        return this == READERS || this == BOTH;
    }
}
