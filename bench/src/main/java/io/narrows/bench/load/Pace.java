package io.narrows.bench.load;

import io.narrows.relay.SuppressForbidden;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The load generator's clock and its only place to wait: spreads events evenly over time, at a rate that follows a curve
 * over the run, and lets a producer that was held up catch up by at most a tenth of a second. Used by one thread.
 */
final class Pace {
    private static final long MAX_DEBT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long WORTH_WAITING_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    /** A run's rate as it changes from its start on. */
    record Course(RateCurve curve, long startNanos, long durationNanos) {
        double shareAt(double nanos) {
            return curve.shareAt(Math.min(1, Math.max(0, (nanos - startNanos) / durationNanos)));
        }
    }

    private final double nanosPerEventAtPeak;
    private final Course course;
    private double nextNanos;

    Pace(double eventsPerSecondAtPeak, Course course) {
        this.nanosPerEventAtPeak = Double.isInfinite(eventsPerSecondAtPeak) ? 0 : 1e9 / eventsPerSecondAtPeak;
        this.course = course;
        this.nextNanos = nowNanos();
    }

    @SuppressForbidden("a load generator measures real time")
    static long nowNanos() {
        return System.nanoTime();
    }

    /** Waits until the next event is due. */
    void await() {
        if (nanosPerEventAtPeak == 0) {
            return;
        }
        long now = nowNanos();
        while (nextNanos - now > WORTH_WAITING_NANOS && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos((long) (nextNanos - now));
            now = nowNanos();
        }
        nextNanos = Math.max(nextNanos, (double) now - MAX_DEBT_NANOS);
        nextNanos += nanosPerEventAtPeak / course.shareAt(nextNanos);
    }
}
