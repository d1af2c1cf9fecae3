package io.narrows.relay.wal;

import io.narrows.relay.Checks;
import io.narrows.relay.loop.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Group commit: collects items until it pays, or is time, to send them on together. Owned by its {@link Loop}; every
 * method and callback runs there. Holds references to the items only: their memory is the business of the caller's
 * {@link io.narrows.relay.memory.MemoryBudget}.
 *
 * <pre>
 *              add                 due: size reached, or held long enough
 *   EMPTY ------------> HOLDING ----------------------------------------> DUE
 *     ^                    | hold 0: end of this tick                      | writer ready: SIZE, LINGER
 *     +------ IDLE --------+ nothing more can come: QUIET                  | maxBytes or maxItems: SIZE
 *     +--------------------------------------------------------------------+ not ready for maxWait: STALLED
 * </pre>
 *
 * <p>QUIET is for producers that wait: they have sent as much as they may before they get an answer, and it fills at least
 * three quarters of the window's size, but not all of it. Then holding the window longer gains nothing and delays all entries.
 * Whether they do wait shows before they are answered; where they did not, windows are held for a while ({@link IdleCloseHeuristic}).
 *
 * <p>A window that is not meant for the writer (hold 0) never waits for it. One that is due while the writer is not
 * ready goes on collecting, which makes objects larger exactly when PUTs are scarce.
 */
public final class FlushWindow<T> {
    /** Why a window was closed. */
    public enum CloseReason {
        /** The policy saw no gain in holding it. */
        IDLE,
        /** It reached its size. */
        SIZE,
        /** It was held as long as the policy allowed. */
        LINGER,
        /** At least three quarters full, nothing came for a while, and nothing else is in flight whose response could bring more. */
        QUIET,
        /** {@link FlushWindow#drain()}. */
        DRAIN,
        /** It was due, but the writer did not become ready within {@code maxWaitNanos}: better take another path. */
        STALLED
    }

    /**
     * Bounds of a window.
     *
     * @param sizeBytes closes the window once the writer is ready
     * @param maxBytes closes the window also when the writer is not ready; a single larger item makes its own window
     * @param maxItems as {@code maxBytes}, for the number of items
     * @param maxWaitNanos how long a window that is due waits for the writer
     * @param quietNanos how long nothing must have come before a window is QUIET; 0 for never
     */
    public record Limits(long sizeBytes, long maxBytes, int maxItems, long maxWaitNanos, long quietNanos) {
        public Limits {
            Checks.argument(0 < sizeBytes && sizeBytes <= maxBytes, "window size must be > 0 and <= its bound");
            Checks.argument(
                    maxItems > 0 && maxWaitNanos >= 0 && quietNanos >= 0, "window items must be > 0, waits >= 0");
        }
    }

    /** Says at each {@link #add} how long the window may be held. */
    public interface HoldPolicy<T> {
        /**
         * Nanoseconds, counted from the window's first item; the smallest answer of its items counts. 0 closes it at
         * the end of the loop's current tick, so that what arrived together goes together, and without asking whether
         * the writer is ready. Anything else means that the window is for the writer and waits for it.
         *
         * @param pendingBytes bytes in the window, with those of {@code item}
         */
        long holdNanos(T item, long bytes, long pendingBytes);

        /**
         * Whether the window has all that is in flight: no client waits for a response to another batch, after which more
         * would come.
         *
         * @param pendingBytes bytes in the window
         */
        default boolean isAllThereIs(long pendingBytes) {
            return false;
        }
    }

    /** Takes over the items of a closed window and decides their path; may {@link #add} to the next window. */
    public interface Sink<T> {
        void onClose(List<T> items, long bytes, CloseReason reason);
    }

    private static final long NEVER = Long.MAX_VALUE;
    private static final long MAX_HOLD_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Loop loop;
    private final Limits limits;
    private final HoldPolicy<T> policy;
    private final WalWriter writer;
    private final Sink<T> sink;

    private final IdleCloseHeuristic quiet = new IdleCloseHeuristic();
    private List<T> items = new ArrayList<>();
    private long bytes;
    private long openedAt;
    private long addedAt;
    private long holdNanos = NEVER;
    private long dueSince = NEVER;
    private long windowNumber;
    private Loop.@Nullable Timer timer;
    private long timerAt;

    public FlushWindow(Loop loop, Limits limits, HoldPolicy<T> policy, WalWriter writer, Sink<T> sink) {
        this.loop = loop;
        this.limits = limits;
        this.policy = policy;
        this.writer = writer;
        this.sink = sink;
    }

    /** Adds an item; may call the sink before it returns. */
    public void add(T item, long itemBytes) {
        loop.assertInLoop();
        Checks.argument(itemBytes >= 0, "bytes of an item are negative");
        if (!items.isEmpty() && (bytes + itemBytes > limits.maxBytes() || items.size() >= limits.maxItems())) {
            close(CloseReason.SIZE);
        }
        addedAt = loop.nanoTime();
        if (items.isEmpty()) {
            openedAt = addedAt;
        }
        items.add(item);
        bytes += itemBytes;
        quiet.onCame(itemBytes);
        boolean wasIdle = holdNanos == 0;
        holdNanos = Math.min(holdNanos, boundedHold(policy.holdNanos(item, itemBytes, bytes)));
        if (bytes >= limits.maxBytes() || items.size() >= limits.maxItems()) {
            close(CloseReason.SIZE);
        } else if (holdNanos > 0 || bytes >= limits.sizeBytes()) {
            closeIfDue();
        }
        if (holdNanos == 0 && !wasIdle) {
            closeAtEndOfTick();
        }
    }

    /** To be called when the writer may have become ready, that is whenever one of its PUTs has ended. */
    public void wake() {
        loop.assertInLoop();
        quiet.onWritten();
        closeIfDue();
    }

    /** Closes the window now, whatever the writer's state; nothing happens when it is empty. */
    public void drain() {
        loop.assertInLoop();
        if (!items.isEmpty()) {
            close(CloseReason.DRAIN);
        }
    }

    public long pendingBytes() {
        return bytes;
    }

    public int pendingItems() {
        return items.size();
    }

    private static long boundedHold(long nanos) {
        return Math.max(0, Math.min(MAX_HOLD_NANOS, nanos));
    }

    private void closeAtEndOfTick() {
        long number = windowNumber;
        loop.execute(() -> {
            if (number == windowNumber && !items.isEmpty()) {
                close(CloseReason.IDLE);
            }
        });
    }

    private void closeIfDue() {
        if (items.isEmpty()) {
            return;
        }
        long now = loop.nanoTime();
        boolean full = bytes >= limits.sizeBytes();
        long heldFor = now - openedAt;
        if (!full && heldFor < holdNanos) {
            if (isQuiet(now)) {
                close(CloseReason.QUIET);
            } else {
                wakeIn(now, Math.min(holdNanos - heldFor, isNearlyFull() ? limits.quietNanos() : NEVER));
            }
            return;
        }
        if (holdNanos == 0 || writer.ready()) {
            close(full ? CloseReason.SIZE : holdNanos == 0 ? CloseReason.IDLE : CloseReason.LINGER);
            return;
        }
        if (dueSince == NEVER) {
            dueSince = now;
        }
        long waitLeft = limits.maxWaitNanos() - (now - dueSince);
        if (waitLeft <= 0) {
            close(CloseReason.STALLED);
            return;
        }
        long readyIn = writer.readyInNanos();
        wakeIn(now, readyIn > 0 ? Math.min(readyIn, waitLeft) : waitLeft);
    }

    private boolean isQuiet(long now) {
        return isNearlyFull()
                && quiet.isAllowed()
                && now - addedAt >= limits.quietNanos()
                && policy.isAllThereIs(bytes)
                && writer.ready();
    }

    /** A window that is less could cost many more requests, where later items do not wait for a response. */
    private boolean isNearlyFull() {
        return limits.quietNanos() > 0 && bytes >= limits.sizeBytes() - limits.sizeBytes() / 4;
    }

    private void wakeIn(long now, long delayNanos) {
        long at = now + delayNanos;
        if (timer != null) {
            if (timerAt - at <= 0) {
                return;
            }
            timer.cancel();
        }
        timerAt = at;
        timer = loop.schedule(delayNanos, () -> {
            timer = null;
            closeIfDue();
        });
    }

    private void close(CloseReason reason) {
        List<T> closed = items;
        long closedBytes = bytes;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        windowNumber++;
        quiet.onClose(reason == CloseReason.QUIET, closedBytes);
        items = new ArrayList<>();
        bytes = 0;
        holdNanos = NEVER;
        dueSince = NEVER;
        sink.onClose(closed, closedBytes, reason);
    }
}
