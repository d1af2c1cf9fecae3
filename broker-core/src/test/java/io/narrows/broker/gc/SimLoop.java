package io.narrows.broker.gc;

import io.narrows.relay.loop.Loop;
import java.util.ArrayDeque;

/** The threads of one simulated process: they stand still while it is paused and never run again once it is killed. */
final class SimLoop implements Loop {
    private final Loop world;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean paused;
    private boolean killed;

    SimLoop(Loop world) {
        this.world = world;
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        while (!waiting.isEmpty()) {
            world.execute(waiting.remove());
        }
    }

    void kill() {
        killed = true;
        waiting.clear();
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
        return world.nanoTime();
    }

    @Override
    public long wallTimeMs() {
        return world.wallTimeMs();
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        return world.schedule(delayNanos, () -> run(task));
    }
}
