package io.narrows.relay.loop;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A {@link Loop} whose time moves only when told, for deterministic simulation. Used by one thread, which acts as the
 * owner thread: tasks run inside {@link #runPending()} and {@link #advance(long)}, timers that are due at the same
 * instant in the order in which they were scheduled.
 */
public final class ManualLoop implements Loop {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final PriorityQueue<Scheduled> timers =
            new PriorityQueue<>(Comparator.comparingLong(Scheduled::atNanos).thenComparingLong(Scheduled::order));
    private final long wallStartMs;
    private long nowNanos;
    private long scheduledCount;

    public ManualLoop(long wallStartMs) {
        this.wallStartMs = wallStartMs;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    @Override
    public long nanoTime() {
        return nowNanos;
    }

    @Override
    public long wallTimeMs() {
        return wallStartMs + nowNanos / 1_000_000;
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        Scheduled scheduled = new Scheduled(nowNanos + Math.max(0, delayNanos), scheduledCount++, task);
        timers.add(scheduled);
        return () -> {
            boolean unused = timers.remove(scheduled);
        };
    }

    /** Runs all submitted tasks and all timers due now, including those they add. */
    public void runPending() {
        while (true) {
            Runnable task = tasks.poll();
            if (task == null) {
                Scheduled due = timers.peek();
                if (due == null || due.atNanos() > nowNanos) {
                    return;
                }
                timers.remove(due);
                task = due.task();
            }
            task.run();
        }
    }

    /** Moves time forward step by step from timer to timer, running what falls due on the way. */
    public void advance(long nanos) {
        long until = nowNanos + nanos;
        runPending();
        while (!timers.isEmpty() && timers.peek().atNanos() <= until) {
            nowNanos = timers.peek().atNanos();
            runPending();
        }
        nowNanos = until;
    }

    private record Scheduled(long atNanos, long order, Runnable task) {}
}
