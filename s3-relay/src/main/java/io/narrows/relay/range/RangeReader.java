package io.narrows.relay.range;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads ranges of immutable objects, batches behind pointers for instance, checked against their CRC32C. Ranges of one object that lie close are
 * fetched with one GET, concurrent reads of the same range share one GET (single flight), and what was read stays in a
 * bounded off-heap cache. May be called from any thread; futures complete on a thread of the object store or immediately.
 */
public interface RangeReader extends AutoCloseable {
    /** One future per range, in order. The caller releases each buffer and must not write into it. */
    List<CompletableFuture<ByteBuf>> read(List<? extends StoredRange> ranges);

    /** The range if it is cached, retained for the caller; otherwise null. Never starts a GET. */
    @Nullable
    ByteBuf cached(StoredRange range);

    /** Seeds the cache with bytes that this process already has. Borrows {@code bytes} and copies them if it keeps them. */
    void offer(StoredRange range, ByteBuf bytes);

    /**
     * Asks for the ranges to be cached soon; waits a moment to coalesce with further prefetches of the same objects.
     * Failures are counted and otherwise ignored: a later read reports them.
     */
    void prefetch(List<? extends StoredRange> ranges);

    @Override
    void close();
}
