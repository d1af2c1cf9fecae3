package io.narrows.broker.stage;

/**
 * Keeps batches away from S3 while it fails or is too slow: a failure opens it, and then nothing waits for S3 until a
 * probe, for which no batch waits either, has succeeded. Thread-safe.
 *
 * <pre>
 *             failure                 probe due                  probe succeeded
 *   CLOSED -------------> OPEN ------------------> PROBING ------------------------> CLOSED
 *                          ^                          | probe failed
 *                          +--------------------------+
 * </pre>
 */
final class CircuitBreaker {
    private final long probeIntervalNanos;

    // Guarded by this.
    private State state = State.CLOSED;
    private long openedAt;

    CircuitBreaker(long probeIntervalNanos) {
        this.probeIntervalNanos = probeIntervalNanos;
    }

    /** What to do with a batch. */
    enum Permit {
        /** Stage it. */
        STAGE,
        /** Append it inline, and write a copy of it to see whether S3 is back. */
        PROBE,
        /** Append it inline. */
        INLINE
    }

    private enum State {
        CLOSED,
        OPEN,
        PROBING
    }

    synchronized Permit permit(long nowNanos) {
        switch (state) {
            case CLOSED -> {
                return Permit.STAGE;
            }
            case OPEN -> {
                if (nowNanos - openedAt < probeIntervalNanos) {
                    return Permit.INLINE;
                }
                state = State.PROBING;
                return Permit.PROBE;
            }
            case PROBING -> {
                return Permit.INLINE;
            }
        }
        throw new IllegalStateException("invariant violated: unknown state of the breaker");
    }

    /** True if this closed the way to S3. */
    synchronized boolean failed(long nowNanos) {
        boolean opened = state == State.CLOSED;
        if (opened) {
            state = State.OPEN;
            openedAt = nowNanos;
        }
        return opened;
    }

    synchronized void probed(boolean well, long nowNanos) {
        state = well ? State.CLOSED : State.OPEN;
        openedAt = nowNanos;
    }

    synchronized boolean isOpen() {
        return state != State.CLOSED;
    }
}
