package io.narrows.proxy.api;

/**
 * How long a fetch waits for records. An answer, also an empty one, is how the proxy notices a client that is gone and has
 * left more requests behind than are read; so no fetch waits for longer than a minute. Stateless.
 */
final class MaxWait {
    private static final int LONGEST_MS = 60_000;

    private MaxWait() {}

    static int of(int askedMs) {
        return Math.max(0, Math.min(askedMs, LONGEST_MS));
    }
}
