package io.narrows.bench.policy;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalWriter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The bounds of a WAL writer, without bytes: PUTs in flight and PUTs per second. Owned by the loop. */
final class SimulatedWriter implements WalWriter {
    private static final int IN_FLIGHT = 4;
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long PUT_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

    private final Loop loop;
    private int inFlight;
    private long nextAt;

    SimulatedWriter(Loop loop) {
        this.loop = loop;
    }

    /** A PUT begins; {@code ended} runs when it is durable. */
    void put(Runnable ended) {
        inFlight++;
        nextAt = Math.max(nextAt, loop.nanoTime() - IN_FLIGHT * INTERVAL_NANOS) + INTERVAL_NANOS;
        Loop.Timer unused = loop.schedule(PUT_NANOS, () -> {
            inFlight--;
            ended.run();
        });
    }

    /** No PUT is in flight, so that no producer waits for one. */
    boolean isIdle() {
        return inFlight == 0;
    }

    @Override
    public boolean ready() {
        return inFlight < IN_FLIGHT && readyInNanos() == 0;
    }

    @Override
    public long readyInNanos() {
        return Math.max(0, nextAt - loop.nanoTime());
    }

    @Override
    public CompletableFuture<List<Pointer>> write(List<WalBlock> blocks) {
        throw new UnsupportedOperationException("a simulated writer has no bytes");
    }

    @Override
    public void close() {}
}
