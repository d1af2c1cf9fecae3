package io.narrows.broker.gc;

import io.narrows.broker.gc.collector.DeletionRule;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Compares this process's monotonic clock with the store's, to learn of suspensions: of a machine, where the clock stops
 * too, and of the process, where it goes on but nothing runs. Owned by the participant's loop.
 */
final class StoreClock {
    private final long maxLagMs;
    /** The smallest difference seen: what latency and suspensions did not add to. */
    private @Nullable Long offsetMs;

    private @Nullable Long polledNanos;

    StoreClock(long graceMs) {
        maxLagMs = DeletionRule.maxLagMs(graceMs);
    }

    /** Whether this poll comes so late that the process did not run. */
    boolean polledAfterPause(long nowNanos, long pollNanos) {
        Long last = polledNanos;
        polledNanos = nowNanos;
        return last != null && nowNanos - last - pollNanos > TimeUnit.MILLISECONDS.toNanos(maxLagMs);
    }

    /** The store's time of a write that begins now; 0 when there was none before. */
    long expectedMs(long nowNanos) {
        Long offset = offsetMs;
        return offset == null ? 0 : TimeUnit.NANOSECONDS.toMillis(nowNanos) + offset;
    }

    /**
     * A write has just ended, for which {@link #expectedMs} was told before. Whether this clock had fallen behind; then the
     * comparison starts again. The collector judges by the same difference: if only it found the clock behind, no answer
     * of this process would ever count again.
     */
    boolean wasBehind(long expectedMs, long storeMs, long nowNanos) {
        long now = storeMs - TimeUnit.NANOSECONDS.toMillis(nowNanos);
        Long before = offsetMs;
        if (before != null && (storeMs - expectedMs > maxLagMs || now - before > maxLagMs)) {
            offsetMs = now;
            return true;
        }
        offsetMs = before == null ? now : Math.min(before, now);
        return false;
    }
}
