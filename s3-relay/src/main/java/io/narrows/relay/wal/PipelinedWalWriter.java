package io.narrows.relay.wal;

import io.narrows.relay.Checks;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link WalWriter} over an {@link ObjectStore}. Sequences start at 0 and follow the order in which PUTs start; a
 * PUT that fails leaves a gap. Any thread may call it: what is mutable is guarded by this object's lock, under which
 * nothing waits and no callback runs. The loop gives time and timers only. Does not own the store.
 *
 * <p>A window that cannot be sent immediately waits in a bounded queue; its deadline counts from {@link #write}. The blocks
 * are released when the PUT ends, which may be after the deadline: memory is not free before.
 */
public final class PipelinedWalWriter implements WalWriter {
    private final ObjectStore store;
    private final Identity identity;
    private final WalWriterLimits limits;
    private final Loop loop;
    private final WalMetrics metrics;
    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;

    // Guarded by this.
    private final ArrayDeque<Window> queue = new ArrayDeque<>();
    private final TokenBucket tokens;
    private long nextSequence;
    private int inFlight;
    private boolean tokenTimer;
    private boolean closed;

    /** Which writer, in which of its starts; see {@link Incarnation}. */
    public record Identity(String writer, long incarnation) {
        public Identity {
            Checks.argument(WalObjectId.isWriter(writer) && incarnation >= 0, "writer id or incarnation is invalid");
        }
    }

    public PipelinedWalWriter(
            ObjectStore store, Identity identity, WalWriterLimits limits, Loop loop, WalMetrics metrics) {
        this.store = store;
        this.identity = identity;
        this.limits = limits;
        this.loop = loop;
        this.metrics = metrics;
        this.tokens = new TokenBucket(limits.maxPutsPerSecond(), limits.putBurst(), loop.nanoTime());
    }

    @Override
    public synchronized boolean ready() {
        return !closed && mayStart(loop.nanoTime());
    }

    @Override
    public synchronized long readyInNanos() {
        if (closed || inFlight >= limits.maxPutsInFlight()) {
            return 0;
        }
        return tokens.availableIn(loop.nanoTime());
    }

    @Override
    public CompletableFuture<List<Pointer>> write(List<WalBlock> blocks) {
        Window window = new Window(blocks);
        if (!enqueue(window)) {
            window.releaseBlocks();
            metrics.windowExpired();
            return CompletableFuture.failedFuture(unavailable("the queue of the WAL writer is full or closed"));
        }
        window.deadline = loop.schedule(limits.putDeadlineNanos(), () -> expire(window));
        if (window.result.isDone()) {
            window.deadline.cancel();
        }
        startWhatMay();
        return window.result;
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private synchronized boolean enqueue(Window window) {
        boolean startsAtOnce = queue.isEmpty() && mayStartBesideQueue(loop.nanoTime());
        if (closed || (!startsAtOnce && queue.size() >= limits.maxQueued())) {
            return false;
        }
        queue.add(window);
        metrics.windowQueued();
        return true;
    }

    private boolean mayStart(long now) {
        return queue.isEmpty() && mayStartBesideQueue(now);
    }

    private boolean mayStartBesideQueue(long now) {
        return inFlight < limits.maxPutsInFlight() && tokens.availableIn(now) == 0;
    }

    private void startWhatMay() {
        for (Started next = startNext(); next != null; next = startNext()) {
            put(next);
        }
    }

    private synchronized @Nullable Started startNext() {
        long now = loop.nanoTime();
        if (queue.isEmpty()) {
            return null;
        }
        if (!mayStartBesideQueue(now)) {
            long wait = tokens.availableIn(now);
            if (inFlight < limits.maxPutsInFlight() && !tokenTimer) {
                tokenTimer = true;
                Loop.Timer unused = loop.schedule(wait, this::onToken);
            }
            return null;
        }
        Window window = queue.remove();
        metrics.windowDequeued();
        tokens.take(now);
        inFlight++;
        return new Started(window, nextSequence++, now);
    }

    private void onToken() {
        synchronized (this) {
            tokenTimer = false;
        }
        startWhatMay();
    }

    private void put(Started started) {
        metrics.putStarted();
        WalObjectId id = new WalObjectId(identity.writer(), identity.incarnation(), started.sequence);
        try {
            EncodedWalObject object = WalObjectEncoder.encode(id, started.window.blocks, allocator);
            int bytes = object.body().readableBytes();
            CompletableFuture<Void> unused = store.put(id.key(), object.body())
                    .whenComplete((nothing, failure) ->
                            ended(started, failure == null ? new Durable(object.pointers(), bytes) : null, failure));
        } catch (IllegalArgumentException | OutOfMemoryError e) {
            Kind kind = e instanceof IllegalArgumentException ? Kind.INVALID : Kind.UNAVAILABLE;
            ended(started, null, new ObjectStoreException(kind, "the window could not be encoded as a WAL object", e));
        }
    }

    private void ended(Started started, @Nullable Durable durable, @Nullable Throwable failure) {
        Window window = started.window;
        synchronized (this) {
            inFlight--;
        }
        cancelDeadline(window);
        if (durable != null) {
            metrics.putSucceeded(durable.bytes, window.blocks.size(), loop.nanoTime() - started.atNanos);
            if (!window.result.complete(durable.pointers)) {
                metrics.orphaned();
            }
        } else {
            metrics.putFailed();
            window.result.completeExceptionally(asStoreFailure(failure));
        }
        startWhatMay();
    }

    private void expire(Window window) {
        boolean waiting;
        synchronized (this) {
            waiting = queue.remove(window);
        }
        if (waiting) {
            metrics.windowDequeued();
            window.releaseBlocks();
        }
        if (window.result.completeExceptionally(unavailable("the WAL object was not durable in time"))) {
            metrics.windowExpired();
        }
    }

    private static void cancelDeadline(Window window) {
        Loop.Timer deadline = window.deadline;
        if (deadline != null) {
            deadline.cancel();
        }
    }

    private static Throwable asStoreFailure(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException
                ? cause
                : new ObjectStoreException(Kind.UNAVAILABLE, "the PUT failed", cause);
    }

    private static ObjectStoreException unavailable(String message) {
        return new ObjectStoreException(Kind.UNAVAILABLE, message, null);
    }

    /** Blocks on their way; owns them until the encoder takes them over. */
    private static final class Window {
        private final List<WalBlock> blocks;
        private final CompletableFuture<List<Pointer>> result = new CompletableFuture<>();
        private volatile Loop.@Nullable Timer deadline;

        Window(List<WalBlock> blocks) {
            this.blocks = List.copyOf(blocks);
        }

        void releaseBlocks() {
            blocks.forEach(block -> block.bytes().release());
        }
    }

    private record Started(Window window, long sequence, long atNanos) {}

    private record Durable(List<Pointer> pointers, int bytes) {}
}
