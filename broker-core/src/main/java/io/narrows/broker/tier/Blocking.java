package io.narrows.broker.tier;

import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for the store on the threads that Kafka keeps for blocking calls to remote storage, and on no other. */
final class Blocking {
    private Blocking() {}

    /**
     * The result, or the store's failure. Every future of the store ends by itself; the deadline guards against one that
     * does not. An interrupt, with which Kafka cancels its tasks, ends the wait and stays set.
     */
    @SuppressForbidden("only on threads of Kafka's remote storage pools, whose calls are blocking by contract")
    static <T> T await(CompletableFuture<T> future, long deadlineMs) throws InterruptedIOException {
        try {
            return future.get(deadlineMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the object store");
        } catch (TimeoutException e) {
            throw new ObjectStoreException(Kind.UNAVAILABLE, "deadline of " + deadlineMs + " ms exceeded", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new ObjectStoreException(Kind.UNAVAILABLE, "the object store failed", e.getCause());
        }
    }

    /** As Kafka's remote log manager takes it. */
    static IOException asIo(RuntimeException failure) {
        boolean gone = failure instanceof ObjectStoreException typed && typed.kind() == Kind.NOT_FOUND;
        return new IOException(gone ? "the segment object does not exist" : "could not read a segment object", failure);
    }
}
