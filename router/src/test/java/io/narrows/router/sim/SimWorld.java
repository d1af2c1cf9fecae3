package io.narrows.router.sim;

import io.narrows.relay.loop.ManualLoop;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/** Time, randomness and the trace of one run. */
final class SimWorld {
    static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

    final ManualLoop loop = new ManualLoop(1_800_000_000_000L);
    final Random random;
    final CRC32C traceHash = new CRC32C();
    final StringBuilder trace = new StringBuilder();
    private final boolean keepTrace;
    private long events;

    SimWorld(long seed) {
        this.random = new Random(seed);
        this.keepTrace = Boolean.getBoolean("sim.trace");
    }

    long now() {
        return loop.nanoTime();
    }

    long nowMs() {
        return loop.nanoTime() / MS;
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    void laterMs(int low, int high, Runnable task) {
        loop.schedule(between(low * 1000, high * 1000) * (MS / 1000), task);
    }

    void trace(String event) {
        String line = nowMs() + " " + event + "\n";
        traceHash.update(line.getBytes(StandardCharsets.UTF_8));
        events++;
        if (keepTrace) {
            trace.append(line);
        }
    }

    long traceValue() {
        return traceHash.getValue() << 24 ^ events;
    }
}
