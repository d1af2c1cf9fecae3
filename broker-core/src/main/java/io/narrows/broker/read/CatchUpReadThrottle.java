package io.narrows.broker.read;

import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.relay.loop.Loop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * Throttles reads of old data in favour of producers and readers of new data. While the tail is active and CPU use is above the
 * threshold, reads of old data queue, and their rate falls to a minimum; below the threshold it rises. Without activity at the
 * tail no read waits. Thread-safe; starts
 * reads on the caller's thread or, those that had to wait, on the executor.
 */
public final class CatchUpReadThrottle {
    /** As many as can wait; stock code has such a bound for its threads too. */
    private static final int MAX_WAITING = 1000;

    private static final long ADJUST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long TAIL_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final double SLOWER = 0.7;
    private static final double FASTER = 1.1;

    private final Settings settings;
    private final Loop clock;
    private final DoubleSupplier busy;
    private final Executor executor;
    private final BrokerMetrics metrics;
    private volatile long tailAtNanos;

    /** In the order in which they came. This and what follows is guarded by this. */
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    private double bytesPerSecond = Double.POSITIVE_INFINITY;
    private long startedBytes;
    private long adjustedAtNanos;
    /** When everything that was started is paid for. */
    private long paidAtNanos;

    private boolean timed;

    /**
     * @param throttleCpuPercent CPU use above which reads of old data are throttled; 100: never
     * @param minBytesPerSecond rate below which they are never throttled
     */
    public record Settings(int throttleCpuPercent, long minBytesPerSecond) {
        static final Settings OFF = new Settings(100, Long.MAX_VALUE);
    }

    /** {@code answer} is done by the read, and cancelled by a caller that no longer needs it. */
    private record Waiting(int bytes, Supplier<Future<Void>> read, CompletableFuture<Void> answer) {}

    /** {@code busy} is the share of the processors' time that was used lately, from 0 to 1. */
    public CatchUpReadThrottle(
            Settings settings, Loop clock, DoubleSupplier busy, Executor executor, BrokerMetrics metrics) {
        this.settings = settings;
        this.clock = clock;
        this.busy = busy;
        this.executor = executor;
        this.metrics = metrics;
        long now = clock.nanoTime();
        tailAtNanos = now - TAIL_NANOS;
        adjustedAtNanos = now;
        paidAtNanos = now;
    }

    /** Nothing ever waits. */
    public static CatchUpReadThrottle unlimited(Loop clock, BrokerMetrics metrics) {
        return new CatchUpReadThrottle(Settings.OFF, clock, () -> 0, Runnable::run, metrics);
    }

    /** Something was appended. */
    public void tailMoved() {
        long now = clock.nanoTime();
        if (now - tailAtNanos > ADJUST_NANOS) {
            tailAtNanos = now;
        }
    }

    /**
     * Starts a read of old data now, or queues it while reads are throttled; {@code read} does not throw. The future is that of
     * the read: cancelling it before the start removes it from the queue.
     */
    public Future<Void> inTurn(int bytes, Supplier<Future<Void>> read) {
        if (settings.throttleCpuPercent() >= 100) {
            return read.get();
        }
        CompletableFuture<Void> answer;
        synchronized (this) {
            long now = clock.nanoTime();
            adjust(now);
            if (waiting.isEmpty() && paidAtNanos - now <= 0) {
                pay(bytes, now);
                answer = null;
            } else {
                if (waiting.size() >= MAX_WAITING) {
                    throw new RejectedExecutionException("the queue of throttled reads is full");
                }
                answer = new CompletableFuture<>();
                waiting.add(new Waiting(bytes, read, answer));
                metrics.readWaitsForTurn(1);
                setTimer(now);
            }
        }
        return answer == null ? read.get() : answer;
    }

    private void pay(int bytes, long now) {
        startedBytes += bytes;
        long start = paidAtNanos - now > 0 ? paidAtNanos : now;
        paidAtNanos = start + (long) (bytes * 1e9 / bytesPerSecond);
    }

    private void setTimer(long now) {
        if (!timed) {
            timed = true;
            // Also without a turn coming up: the rate may rise, or the tail come to rest.
            Loop.Timer unused = clock.schedule(Math.max(0, Math.min(paidAtNanos - now, ADJUST_NANOS)), this::next);
        }
    }

    private void next() {
        Waiting turn = null;
        synchronized (this) {
            timed = false;
            long now = clock.nanoTime();
            adjust(now);
            while (!waiting.isEmpty() && waiting.element().answer().isDone()) {
                Waiting unused = waiting.remove();
                metrics.readWaitsForTurn(-1);
            }
            if (!waiting.isEmpty() && paidAtNanos - now <= 0) {
                turn = waiting.remove();
                metrics.readWaitsForTurn(-1);
                pay(turn.bytes(), now);
            }
            if (!waiting.isEmpty()) {
                setTimer(now);
            }
        }
        if (turn != null) {
            Waiting started = turn;
            executor.execute(() -> start(started));
        }
    }

    private static void start(Waiting turn) {
        Future<Void> started = turn.read().get();
        CompletableFuture<?> unused = turn.answer().whenComplete((nothing, failure) -> {
            if (turn.answer().isCancelled()) {
                started.cancel(false);
            }
        });
    }

    private void adjust(long now) {
        long nanos = now - adjustedAtNanos;
        if (nanos < ADJUST_NANOS) {
            return;
        }
        double started = startedBytes * 1e9 / nanos;
        startedBytes = 0;
        adjustedAtNanos = now;
        if (now - tailAtNanos > TAIL_NANOS) {
            bytesPerSecond = Double.POSITIVE_INFINITY;
            paidAtNanos = now;
            return;
        }
        double floor = settings.minBytesPerSecond();
        if (busy.getAsDouble() * 100 > settings.throttleCpuPercent()) {
            bytesPerSecond = Math.max(floor, Math.min(bytesPerSecond, started) * SLOWER);
        } else if (Double.isFinite(bytesPerSecond)) {
            // Readers that do not take what they may have get no claim to more.
            bytesPerSecond = Math.max(floor, Math.min(bytesPerSecond * FASTER, 2 * started + floor));
        }
    }

    /** What readers of old data may have now; infinite without a limit. */
    synchronized double bytesPerSecond() {
        return bytesPerSecond;
    }
}
