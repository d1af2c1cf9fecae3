package io.narrows.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Waiting in tests: polls a condition until it holds or a deadline passes, so that no test sleeps for time to pass.
 * Blocks the calling thread, which must not be an event loop.
 */
public final class Await {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private Await() {}

    /** Returns as soon as the condition holds; fails with the description once the time is over. */
    @SuppressForbidden("tests wait in real time")
    public static void until(String description, Duration atMost, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!holds(description, condition)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + atMost.toMillis() + " ms: " + description);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("interrupted while waiting: " + description);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** The future's value; its failure is thrown as it is when unchecked, else as the cause of an AssertionError. */
    @SuppressForbidden("tests wait in real time")
    public static <T> T result(String description, Duration atMost, CompletableFuture<T> future) {
        try {
            return future.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("not within " + atMost.toMillis() + " ms: " + description, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting: " + description, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new AssertionError(description, e.getCause());
        }
    }

    private static boolean holds(String description, Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (Exception e) {
            throw new AssertionError(description, e);
        }
    }
}
