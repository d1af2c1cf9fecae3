package io.narrows.broker.relay;

import io.narrows.relay.pointer.Pointer;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The leader's own staging of batches that arrived as bytes. May be called from any thread; never blocks. */
public interface InlineStaging {
    /** Leaves every batch inline. */
    InlineStaging NONE = (target, batch, timeoutMs) -> null;

    /** The partition a batch is for. */
    record Target(UUID topicId, int partition) {}

    /**
     * Null if the batch is to be appended inline immediately. Otherwise the outcome, which never is a failure, comes well
     * within the client's time limit and on any thread, also one of the object store. Borrows the
     * batch until then: no code may write into it.
     */
    @Nullable
    CompletableFuture<Outcome> stage(Target target, ByteBuffer batch, int timeoutMs);

    /** Where the batch was put, or null if it is to be appended inline. */
    record Outcome(@Nullable Pointer pointer) {}
}
