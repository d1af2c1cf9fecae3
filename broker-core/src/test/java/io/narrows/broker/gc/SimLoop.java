package io.narrows.broker.gc;

import io.narrows.relay.loop.Loop;
import java.util.ArrayDeque;

/** The threads of one simulated process: they stop while it is paused and never run again once it is killed. */
final class SimLoop implements Loop {
    private final Loop world;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean paused;
    private boolean frozen;
    private boolean killed;
    private int pauses;
    private long pausedNanos;
    private long lostNanos;
    private long skewMs;

    /** What the monotonic clock does while nothing runs. */
    enum Clock {
        /** The process is stopped. */
        GOES_ON,
        /** The machine is suspended. */
        STOPS
    }

    SimLoop(Loop world) {
        this.world = world;
    }

    void pause(Clock clock) {
        if (!paused) {
            paused = true;
            pauses++;
            frozen = clock == Clock.STOPS;
            pausedNanos = world.nanoTime();
        }
    }

    void resume() {
        lostNanos += frozen ? world.nanoTime() - pausedNanos : 0;
        paused = false;
        frozen = false;
        while (!waiting.isEmpty()) {
            world.execute(waiting.remove());
        }
    }

    void kill() {
        killed = true;
        waiting.clear();
    }

    /** Sets the machine's clock: so far before the true time, or behind it. */
    void clock(long aheadMs) {
        skewMs = aheadMs;
    }

    /** How often it was paused. */
    int pauses() {
        return pauses;
    }

    private void run(Runnable task) {
        if (killed) {
            return;
        }
        if (paused) {
            waiting.add(task);
        } else {
            task.run();
        }
    }

    @Override
    public void execute(Runnable task) {
        world.execute(() -> run(task));
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    @Override
    public long nanoTime() {
        return (frozen ? pausedNanos : world.nanoTime()) - lostNanos;
    }

    @Override
    public long wallTimeMs() {
        return world.wallTimeMs() + skewMs;
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        long dueNanos = world.nanoTime() + delayNanos;
        return world.schedule(delayNanos, () -> {
            if (paused && frozen && !killed) {
                // By its own clock there is time left when it goes on.
                long leftNanos = dueNanos - pausedNanos;
                waiting.add(() -> world.schedule(leftNanos, () -> run(task)));
            } else {
                run(task);
            }
        });
    }
}
