package io.narrows.relay.loop;

import io.narrows.relay.SuppressForbidden;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A {@link Loop} on a Netty event executor, which the caller owns and shuts down. */
public final class NettyLoop implements Loop {
    private final EventExecutor executor;

    public NettyLoop(EventExecutor executor) {
        this.executor = executor;
    }

    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    @Override
    public boolean inLoop() {
        return executor.inEventLoop();
    }

    @Override
    @SuppressForbidden("the edge at which real time enters")
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    @SuppressForbidden("the edge at which real time enters")
    public long wallTimeMs() {
        return System.currentTimeMillis();
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        ScheduledFuture<?> future = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        return () -> {
            boolean unused = future.cancel(false);
        };
    }
}
