package io.narrows.relay;

/** Always-on assertions: a failure is a bug in Narrows, never a consequence of input. */
public final class Checks {
    private Checks() {}

    public static void invariant(boolean holds, String message) {
        if (!holds) {
            throw new IllegalStateException("invariant violated: " + message);
        }
    }

    public static void argument(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
