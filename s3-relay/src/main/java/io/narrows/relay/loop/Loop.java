package io.narrows.relay.loop;

import java.util.concurrent.Executor;

/**
 * The owner thread of mutable state: a single thread that runs tasks in order, with its own clock and timers.
 * Production code gets a {@link NettyLoop}; simulations and unit tests get a {@link ManualLoop}, whose time moves only
 * when told. Every method may be called from any thread.
 */
public interface Loop extends Executor {
    /** Runs the task on the owner thread, after all tasks submitted before it by the same thread. */
    @Override
    void execute(Runnable task);

    boolean inLoop();

    /** Monotonic time in nanoseconds; only differences mean anything. */
    long nanoTime();

    /** Wall clock in milliseconds since the epoch, for timestamps that leave the process. */
    long wallTimeMs();

    /** Runs the task once on the owner thread after the delay. */
    Timer schedule(long delayNanos, Runnable task);

    default void assertInLoop() {
        if (!inLoop()) {
            throw new IllegalStateException("invariant violated: called outside the owner thread");
        }
    }

    /** A scheduled task; cancelling one that ran or was cancelled does nothing. */
    interface Timer {
        void cancel();
    }
}
