package io.narrows.relay.memory;

import io.narrows.relay.Checks;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A count of bytes with a limit, shared by all threads of a process, that pushes back without ever blocking one. It
 * allocates nothing itself: the caller that reserves bytes releases exactly as many when the memory is free again.
 *
 * <p>Bytes that have arrived are {@linkplain #reserve reserved} whether they fit or not, for they are there already; the
 * answer says whether to go on reading. Bytes that need not come (a read-ahead, a cache) are
 * {@linkplain #tryReserve tried}. So the limit is passed by at most what each source reads in one step, for instance
 * one frame per connection. A source that was told to stop waits until usage has fallen to the low-water mark:
 *
 * <pre>{@code
 * if (!budget.reserve(frameBytes)) {
 *     channel.config().setAutoRead(false);
 *     waiter = budget.onRelief(() -> channel.eventLoop().execute(this::resumeReading));
 * }
 * ...
 * budget.release(frameBytes);   // when the frame's answer is out and its buffers are released
 * waiter.cancel();              // when the channel closes
 * }</pre>
 */
public final class MemoryBudget {
    private final long limitBytes;
    private final long lowWaterBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final ConcurrentLinkedQueue<Waiter> waiters = new ConcurrentLinkedQueue<>();

    /** Sources that were stopped at {@code limitBytes} go on at {@code lowWaterBytes}. */
    public MemoryBudget(long limitBytes, long lowWaterBytes) {
        Checks.argument(limitBytes > 0, "limit of a memory budget must be > 0, got " + limitBytes);
        Checks.argument(
                lowWaterBytes >= 0 && lowWaterBytes < limitBytes,
                "low-water mark must be 0 to below the limit, got " + lowWaterBytes);
        this.limitBytes = limitBytes;
        this.lowWaterBytes = lowWaterBytes;
    }

    /** A budget whose low-water mark is at three quarters of the limit. */
    public static MemoryBudget of(long limitBytes) {
        return new MemoryBudget(limitBytes, limitBytes - limitBytes / 4 - 1);
    }

    /** Counts bytes that are there already. False when the limit is reached: take no more until {@link #onRelief}. */
    public boolean reserve(long bytes) {
        Checks.argument(bytes >= 0, "bytes to reserve are negative");
        return usedBytes.addAndGet(bytes) < limitBytes;
    }

    /** Counts bytes only when they fit below the limit; false, and nothing counted, when they do not. */
    public boolean tryReserve(long bytes) {
        Checks.argument(bytes >= 0, "bytes to reserve are negative");
        while (true) {
            long used = usedBytes.get();
            if (bytes > limitBytes - used) {
                return false;
            }
            if (usedBytes.compareAndSet(used, used + bytes)) {
                return true;
            }
        }
    }

    /** Gives back reserved bytes; may run listeners, on the calling thread. */
    public void release(long bytes) {
        Checks.argument(bytes >= 0, "bytes to release are negative");
        long used = usedBytes.addAndGet(-bytes);
        Checks.invariant(used >= 0, "more bytes released than reserved");
        if (used <= lowWaterBytes) {
            runWaiters();
        }
    }

    /**
     * Runs the listener once, as soon as usage is at or below the low-water mark: immediately on the calling thread, or
     * later on the thread that releases. So the listener must not block; it hops to its own thread.
     */
    public Waiter onRelief(Runnable listener) {
        Waiter waiter = new Waiter(this, listener);
        waiters.add(waiter);
        // The release that crossed the mark may have looked at the queue just before the waiter was in it.
        if (usedBytes.get() <= lowWaterBytes) {
            runWaiters();
        }
        return waiter;
    }

    public boolean exhausted() {
        return usedBytes.get() >= limitBytes;
    }

    public long usedBytes() {
        return usedBytes.get();
    }

    public long limitBytes() {
        return limitBytes;
    }

    /** How many listeners wait for relief. */
    public int waiting() {
        return waiters.size();
    }

    /** Stops when usage has grown past the mark again, so that sources resume no faster than memory comes free. */
    private void runWaiters() {
        while (usedBytes.get() <= lowWaterBytes) {
            Waiter waiter = waiters.poll();
            if (waiter == null) {
                return;
            }
            waiter.listener.run();
        }
    }

    /** A listener that waits; cancelling one that ran or was cancelled does nothing. */
    public static final class Waiter {
        private final MemoryBudget budget;
        private final Runnable listener;

        private Waiter(MemoryBudget budget, Runnable listener) {
            this.budget = budget;
            this.listener = listener;
        }

        public void cancel() {
            boolean unused = budget.waiters.remove(this);
        }
    }
}
