package io.narrows.relay.store;

import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/**
 * The port to an object store. Every method is asynchronous, bounded by the deadlines of the implementation's
 * configuration, may be called from any thread and never blocks; futures complete on a thread of the store, so callers
 * hop to their own. Failures are {@link ObjectStoreException}s, never a null.
 */
public interface ObjectStore extends AutoCloseable {
    /**
     * Stores the readable bytes of {@code body} under the key and completes when they are durable. Putting the same
     * bytes under the same key again is harmless, so retries and hedges are. Consumes {@code body}, also on failure.
     */
    CompletableFuture<Void> put(String key, ByteBuf body);

    /**
     * Like {@link #put}, but only if the condition is true; completes with the entity tag of the new object. Fails with
     * {@link ObjectStoreException.Kind#CONFLICT} when it is not true. After a lost response the store may have written the
     * object all the same, so after {@code CONFLICT} and {@code UNAVAILABLE} the caller reads what is there. Not every
     * store evaluates conditions: a caller that depends on them probes the store first. Consumes {@code body}.
     */
    CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition);

    /**
     * Reads exactly {@code length} bytes from {@code position}. The caller releases the result. A range that reaches
     * beyond the end of the object fails as {@link ObjectStoreException.Kind#INVALID}.
     */
    CompletableFuture<ByteBuf> get(String key, long position, int length);

    CompletableFuture<ObjectInfo> head(String key);

    /** Keys that start with {@code prefix} and sort after {@code startAfter} (empty: from the first), in order. */
    CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys);

    /** Deletes the keys; a key that does not exist counts as deleted. */
    CompletableFuture<Void> delete(Collection<String> keys);

    @Override
    void close();
}
