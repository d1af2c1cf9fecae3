package io.narrows.relay.wal;

import io.narrows.relay.Checks;
import java.util.random.RandomGenerator;

/**
 * Names one start of a writer: 42 bits of wall clock in milliseconds, then 21 random bits. So two processes that start as
 * the same writer in the same millisecond, by a mistake of configuration, still do not write under the same keys. It grows
 * from start to start as long as the clock does; where an order matters, a leader that remembers a greater one says so, and
 * {@link #above} makes one that follows it. Good until the year 2109.
 */
public final class Incarnation {
    private static final int RANDOM_BITS = 21;
    private static final long MAX_WALL_MS = (1L << 42) - 1;

    private Incarnation() {}

    public static long fresh(long wallMs, RandomGenerator random) {
        Checks.argument(wallMs >= 0 && wallMs <= MAX_WALL_MS, "the wall clock is outside 1970 to 2109");
        return wallMs << RANDOM_BITS | random.nextInt(1 << RANDOM_BITS);
    }

    /**
     * An incarnation for the start named {@code own} that follows {@code known}, with own's random bits; {@code own}
     * itself when it follows already, or when nothing follows {@code known}.
     */
    public static long above(long known, long own) {
        long nextMs = startedAtMs(known) + 1;
        if (own > known || nextMs > MAX_WALL_MS) {
            return own;
        }
        return (nextMs << RANDOM_BITS) | (own & ((1L << RANDOM_BITS) - 1));
    }

    /** When the incarnation started, in milliseconds since the epoch. */
    public static long startedAtMs(long incarnation) {
        return incarnation >>> RANDOM_BITS;
    }
}
