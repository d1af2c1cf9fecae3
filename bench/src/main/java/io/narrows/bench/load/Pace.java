package io.narrows.bench.load;

import io.narrows.relay.SuppressForbidden;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The load generator's clock and its only place to wait: spreads events evenly over time and lets a producer that was
 * held up catch up by at most a tenth of a second. Used by one thread.
 */
final class Pace {
    private static final long MAX_DEBT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long WORTH_WAITING_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final double nanosPerEvent;
    private double nextNanos;

    Pace(double eventsPerSecond) {
        this.nanosPerEvent = Double.isInfinite(eventsPerSecond) ? 0 : 1e9 / eventsPerSecond;
        this.nextNanos = nowNanos();
    }

    @SuppressForbidden("a load generator measures real time")
    static long nowNanos() {
        return System.nanoTime();
    }

    /** Waits until the next event is due. */
    void await() {
        if (nanosPerEvent == 0) {
            return;
        }
        long now = nowNanos();
        while (nextNanos - now > WORTH_WAITING_NANOS && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos((long) (nextNanos - now));
            now = nowNanos();
        }
        nextNanos = Math.max(nextNanos, (double) now - MAX_DEBT_NANOS) + nanosPerEvent;
    }
}
