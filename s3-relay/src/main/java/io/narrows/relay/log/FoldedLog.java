package io.narrows.relay.log;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Writes the first lines of one kind in each interval and counts the others; the next line that is written says how many
 * were left out. For lines that come as often as requests do, or as strangers like. Any thread.
 */
public final class FoldedLog {
    /** The key under which a line says how many like it were left out before. */
    public static final String KEY = "folded";

    private final int lines;
    private final long intervalNanos;

    // Guarded by this.
    private long startedNanos;
    private int written;
    private long folded;
    private boolean started;

    private FoldedLog(int lines, long intervalNanos) {
        this.lines = lines;
        this.intervalNanos = intervalNanos;
    }

    public static FoldedLog perMinute(int lines) {
        return new FoldedLog(lines, TimeUnit.MINUTES.toNanos(1));
    }

    /** Runs {@code write}, on this thread, with the number of lines left out since the last one, or counts the line. */
    public void write(long nowNanos, LongConsumer write) {
        long leftOut;
        synchronized (this) {
            if (!started || Math.abs(nowNanos - startedNanos) >= intervalNanos) {
                started = true;
                startedNanos = nowNanos;
                written = 0;
            }
            if (written == lines) {
                folded++;
                return;
            }
            written++;
            leftOut = folded;
            folded = 0;
        }
        write.accept(leftOut);
    }

    /** What was logged is over: the next line is written whenever it comes. */
    public synchronized void reset() {
        started = false;
    }
}
