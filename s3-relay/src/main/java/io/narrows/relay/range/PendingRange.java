package io.narrows.relay.range;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One range in flight with the readers that wait for it; none while it is only a prefetch. Guarded by
 * {@link PendingRanges}, but for {@code secondTry}, which belongs to the thread on which its GET ended.
 */
final class PendingRange {
    final StoredRange pointer;
    final List<CompletableFuture<ByteBuf>> waiters = new ArrayList<>(1);
    /** Asked for before anybody waited. */
    final boolean prefetched;
    /** Set when the first bytes had a wrong CRC32C: the second are the last. */
    boolean secondTry;

    private PendingRange(StoredRange pointer, boolean prefetched) {
        this.pointer = pointer;
        this.prefetched = prefetched;
    }

    static PendingRange read(StoredRange pointer) {
        return new PendingRange(pointer, false);
    }

    static PendingRange prefetch(StoredRange pointer) {
        return new PendingRange(pointer, true);
    }

    /** A read waits for it too. Those that have ended are forgotten: a GET that hangs does not collect them. */
    void await(CompletableFuture<ByteBuf> waiter) {
        boolean unusedPruned = waiters.removeIf(CompletableFuture::isDone);
        boolean unused = waiters.add(waiter);
    }

    boolean isAwaited() {
        return !waiters.isEmpty();
    }

    /** All waiting readers have abandoned it. */
    boolean isAbandoned() {
        return isAwaited() && waiters.stream().allMatch(CompletableFuture::isDone);
    }
}
