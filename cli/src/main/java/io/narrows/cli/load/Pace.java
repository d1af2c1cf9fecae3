package io.narrows.cli.load;

import io.narrows.relay.SuppressForbidden;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The load generator's clock and its only place to wait: spreads events evenly over time, at a rate that follows a curve
 * over the run, on a {@link Schedule}. Used by one thread.
 */
public final class Pace {
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
    private final Schedule schedule;
    private double nextNanos;

    Pace(double eventsPerSecondAtPeak, Course course, Schedule schedule) {
        this.nanosPerEventAtPeak = Double.isInfinite(eventsPerSecondAtPeak) ? 0 : 1e9 / eventsPerSecondAtPeak;
        this.course = course;
        this.schedule = schedule;
        this.nextNanos = nowNanos();
    }

    @SuppressForbidden("a load generator measures real time")
    public static long nowNanos() {
        return System.nanoTime();
    }

    @SuppressForbidden("processes of one machine compare times of records by its wall clock")
    static long wallClockMs() {
        return System.currentTimeMillis();
    }

    /** Waits until the next event is due; the time from which its latency counts. */
    long await() {
        if (nanosPerEventAtPeak == 0) {
            return nowNanos();
        }
        long now = nowNanos();
        while (nextNanos - now > WORTH_WAITING_NANOS && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos((long) (nextNanos - now));
            now = nowNanos();
        }
        long due = (long) nextNanos;
        if (schedule == Schedule.RELAXED) {
            nextNanos = Math.max(nextNanos, (double) now - MAX_DEBT_NANOS);
        }
        nextNanos += nanosPerEventAtPeak / course.shareAt(nextNanos);
        return schedule == Schedule.RELAXED ? now : due;
    }
}
