package io.narrows.broker.remote;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.storage.internals.log.RemoteLogReadResult;

/**
 * Keeps the answer of a read that failed for a while. Consumers send a fetch that failed again immediately, so readers of a lost
 * object would ask the store, which bills each GET, thousands of times in a second. Thread-safe.
 */
final class FailedReadDelay {
    /** As long as a Java producer waits before it sends again. Less than a fetch waits for a read, which then has no error. */
    private static final long DELAY_MS = 200;

    private final Timer timer;
    private final LongSupplier nanoTime;
    private final long delayMs;

    /** Runs tasks later, on any thread, or never once the broker stops: the fetch then ends at its own deadline. */
    @FunctionalInterface
    interface Timer {
        void after(long delayMs, Runnable task);
    }

    /** {@code maxWaitMs} is how long a fetch waits for its reads. */
    FailedReadDelay(Timer timer, LongSupplier nanoTime, long maxWaitMs) {
        this.timer = timer;
        this.nanoTime = nanoTime;
        delayMs = Math.min(DELAY_MS, maxWaitMs / 2);
    }

    /** What to call with the result of a read that begins now: with data immediately, with an error not before its time. */
    Consumer<RemoteLogReadResult> of(Consumer<RemoteLogReadResult> callback) {
        long start = nanoTime.getAsLong();
        return result -> {
            long leftMs = delayMs - TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - start);
            if (result.error().isEmpty() || leftMs <= 0) {
                callback.accept(result);
            } else {
                timer.after(leftMs, () -> callback.accept(result));
            }
        };
    }
}
