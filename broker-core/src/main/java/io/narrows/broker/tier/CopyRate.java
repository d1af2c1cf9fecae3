package io.narrows.broker.tier;

import io.narrows.relay.loop.Loop;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Bounds the bytes that a broker copies per second; a copy that is too fast waits. Shared by all copies. */
final class CopyRate {
    /** Bytes of this time may be copied as a burst. */
    private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final double nanosPerByte;
    private final Loop clock;
    /** When everything that was let through is paid for. Guarded by this. */
    private long paidAtNanos;

    CopyRate(long bytesPerSecond, Loop clock) {
        this.nanosPerByte = 1e9 / bytesPerSecond;
        this.clock = clock;
        this.paidAtNanos = clock.nanoTime();
    }

    /** Counts bytes, and waits until they are within the rate. */
    void pass(int bytes) throws IOException {
        long waitNanos = reserve(bytes);
        if (waitNanos > 0) {
            CompletableFuture<Void> passed = new CompletableFuture<>();
            Loop.Timer timer = clock.schedule(waitNanos, () -> passed.complete(null));
            try {
                Blocking.await(passed, TimeUnit.NANOSECONDS.toMillis(waitNanos) + 10_000);
            } finally {
                timer.cancel();
            }
        }
    }

    /** Nanoseconds until the bytes may go. */
    synchronized long reserve(int bytes) {
        long now = clock.nanoTime();
        long start = paidAtNanos - now > 0 ? paidAtNanos : now;
        paidAtNanos = start + (long) (bytes * nanosPerByte);
        return Math.max(0, paidAtNanos - now - BURST_NANOS);
    }
}
