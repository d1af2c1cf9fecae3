package io.narrows.relay.store;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps the bytes of uploads that did not end with a single clean attempt until no connection can still be sending them.
 * The SDK abandons an attempt by queueing the close of its connection on the connection's event loop, and may report the
 * failure before the loop gets there. So a buffer is released only after every event loop has run a task that was queued
 * after the failure, and a margin: a loop that is behind holds the buffer too. May be used from any thread; owns the
 * buffers it is given.
 */
final class RetiredBuffers {
    private static final long MARGIN_MS = 100;

    private final List<EventExecutor> loops = new ArrayList<>();
    private final Set<Retired> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean ended;

    RetiredBuffers(EventLoopGroup... groups) {
        for (EventLoopGroup group : groups) {
            group.forEach(loops::add);
        }
    }

    /** Consumes {@code bytes}. */
    void add(ByteBuf bytes) {
        Retired retired = new Retired(bytes, new AtomicInteger(loops.size()));
        waiting.add(retired);
        if (ended) {
            release(retired);
            return;
        }
        for (EventExecutor executor : loops) {
            try {
                ScheduledFuture<?> unused = executor.schedule(() -> passed(retired), MARGIN_MS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The loop is shutting down and releaseAll() follows.
                return;
            }
        }
    }

    int size() {
        return waiting.size();
    }

    /** Releases everything, also what is added later; only after the event loops have ended. */
    void releaseAll() {
        ended = true;
        waiting.forEach(this::release);
    }

    private void passed(Retired retired) {
        if (retired.loopsLeft().decrementAndGet() == 0) {
            release(retired);
        }
    }

    private void release(Retired retired) {
        if (waiting.remove(retired)) {
            boolean unused = retired.bytes().release();
        }
    }

    private static final class Retired {
        private final ByteBuf bytes;
        private final AtomicInteger loopsLeft;

        Retired(ByteBuf bytes, AtomicInteger loopsLeft) {
            this.bytes = bytes;
            this.loopsLeft = loopsLeft;
        }

        ByteBuf bytes() {
            return bytes;
        }

        AtomicInteger loopsLeft() {
            return loopsLeft;
        }
    }
}
