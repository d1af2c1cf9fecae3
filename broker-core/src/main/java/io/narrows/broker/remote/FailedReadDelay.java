package io.narrows.broker.remote;

import io.narrows.relay.store.ObjectStoreException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.storage.internals.log.RemoteLogReadResult;
import org.apache.kafka.storage.internals.log.RemoteStorageFetchInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the answer of a read that failed for a while. Consumers send a fetch that failed again immediately, so readers of a lost
 * object would ask the store, which bills each GET, thousands of times in a second. The log names one such read in a while.
 * Thread-safe.
 */
final class FailedReadDelay {
    /** As long as a Java producer waits before it sends again. Less than a fetch waits for a read, which then has no error. */
    private static final long DELAY_MS = 200;

    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(FailedReadDelay.class);

    private final Timer timer;
    private final LongSupplier nanoTime;
    private final long delayMs;
    private final AtomicLong nextLogNanos;

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
        nextLogNanos = new AtomicLong(nanoTime.getAsLong());
    }

    /** What to call with the result of a read that begins now: with data immediately, with an error not before its time. */
    Consumer<RemoteLogReadResult> of(RemoteStorageFetchInfo request, Consumer<RemoteLogReadResult> callback) {
        long start = nanoTime.getAsLong();
        return result -> {
            result.error().ifPresent(error -> log(request, error));
            long leftMs = delayMs - TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - start);
            if (result.error().isEmpty() || leftMs <= 0) {
                callback.accept(result);
            } else {
                timer.after(leftMs, () -> callback.accept(result));
            }
        };
    }

    private void log(RemoteStorageFetchInfo request, Throwable error) {
        long now = nanoTime.getAsLong();
        long next = nextLogNanos.get();
        if (now - next >= 0 && nextLogNanos.compareAndSet(next, now + LOG_INTERVAL_NANOS)) {
            LOG.atWarn()
                    .addKeyValue("partition", request.topicIdPartition().topicPartition())
                    .addKeyValue("offset", request.fetchInfo().fetchOffset)
                    .addKeyValue("reason", reason(error))
                    .log("A read from the object store failed, and its reader repeats it; logged every 10 s at most");
        }
    }

    /** What the store said, or else the innermost cause. */
    private static String reason(Throwable error) {
        Throwable inner = error;
        while (inner.getCause() != null && !(inner instanceof ObjectStoreException)) {
            inner = inner.getCause();
        }
        return String.valueOf(inner.getMessage());
    }
}
