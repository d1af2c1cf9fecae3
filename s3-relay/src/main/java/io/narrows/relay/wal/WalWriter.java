package io.narrows.relay.wal;

import io.narrows.relay.pointer.Pointer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Uploads windows of batches as WAL objects of one writer incarnation: several PUTs in flight, below a ceiling of PUTs
 * per second. May be called from any thread; futures complete on a thread of the object store.
 */
public interface WalWriter extends AutoCloseable {
    /** False while the ceiling on PUTs in flight or PUTs per second is reached: hold the window open and ask again. */
    boolean ready();

    /** Nanoseconds until {@link #ready()} may turn true by time alone; 0 when it is, a PUT must end otherwise. */
    long readyInNanos();

    /**
     * Writes the blocks as one object and completes with their pointers, in the order given, once the object is
     * durable. Consumes the blocks. Fails with an
     * {@link io.narrows.relay.store.ObjectStoreException}; the object may then exist nevertheless, as an orphan.
     */
    CompletableFuture<List<Pointer>> write(List<WalBlock> blocks);

    /** Stops taking windows; PUTs in flight go on. */
    @Override
    void close();
}
