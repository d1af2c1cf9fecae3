package io.narrows.relay.memory;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One wait of a client for memory. The bytes are taken on the thread that frees memory, so that as many go on as there is
 * room for, and are the waiter's on its own thread. The first to settle it, the grant or the cancellation, decides what
 * becomes of the bytes. Owned by the thread of the executor.
 */
public final class MemoryClaim {
    private final Payer payer;
    private final long bytes;
    private final Executor owner;
    private final Runnable onGranted;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private ClientMemory.@Nullable Waiter waiter;

    private MemoryClaim(Payer payer, long bytes, Executor owner, Runnable onGranted) {
        this.payer = payer;
        this.bytes = bytes;
        this.owner = owner;
        this.onGranted = onGranted;
    }

    /** {@code onGranted} runs on the owner, once, unless the claim is cancelled before; the bytes are its own then. */
    public static MemoryClaim await(Payer payer, long bytes, Executor owner, Runnable onGranted) {
        MemoryClaim claim = new MemoryClaim(payer, bytes, owner, onGranted);
        claim.waiter = payer.enterLater(bytes, claim::entered);
        return claim;
    }

    private void entered() {
        try {
            owner.execute(this::granted);
        } catch (RejectedExecutionException e) {
            payer.leave(bytes);
        }
    }

    private void granted() {
        if (cancelled.get()) {
            payer.leave(bytes);
        } else {
            onGranted.run();
        }
    }

    /** Waits no more, and takes nothing. Not after the grant has run. */
    public void cancel() {
        cancelled.set(true);
        ClientMemory.Waiter waiting = waiter;
        if (waiting != null) {
            waiting.cancel();
        }
    }
}
