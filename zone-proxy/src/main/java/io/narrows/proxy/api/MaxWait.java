package io.narrows.proxy.api;

/**
 * How long a fetch waits for records, at most. An answer, also an empty one, may be how the proxy notices a client that is
 * gone; so no fetch waits for longer than a minute. Stateless.
 */
final class MaxWait {
    private static final int LONGEST_MS = 60_000;

    private MaxWait() {}

    static int of(int askedMs) {
        return Math.max(0, Math.min(askedMs, LONGEST_MS));
    }
}
