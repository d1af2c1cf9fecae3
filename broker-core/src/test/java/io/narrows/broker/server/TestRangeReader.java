package io.narrows.broker.server;

import io.narrows.relay.range.RangeReader;
import io.narrows.relay.range.StoredRange;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A range reader without coalescing whose cache a test can empty and whose store a test can break. Thread-safe. */
final class TestRangeReader implements RangeReader {
    private final ObjectStore store;
    private final Executor storeThread;
    private final Map<StoredRange, byte[]> cache = new ConcurrentHashMap<>();
    final AtomicInteger gets = new AtomicInteger();
    volatile boolean broken;
    volatile boolean caching = true;

    TestRangeReader(ObjectStore store, Executor storeThread) {
        this.store = store;
        this.storeThread = storeThread;
    }

    void forget() {
        cache.clear();
    }

    @Override
    public List<CompletableFuture<ByteBuf>> read(List<? extends StoredRange> pointers) {
        return pointers.stream().map(this::read).toList();
    }

    private CompletableFuture<ByteBuf> read(StoredRange pointer) {
        gets.incrementAndGet();
        CompletableFuture<ByteBuf> result = new CompletableFuture<>();
        storeThread.execute(() -> {
            if (broken) {
                result.completeExceptionally(
                        new ObjectStoreException(ObjectStoreException.Kind.UNAVAILABLE, "broken by the test", null));
                return;
            }
            store.get(pointer.object().key(), pointer.position(), pointer.length())
                    .whenComplete((bytes, failure) -> {
                        if (failure != null) {
                            result.completeExceptionally(failure);
                            return;
                        }
                        offer(pointer, bytes);
                        result.complete(bytes);
                    });
        });
        return result;
    }

    @Override
    public @Nullable ByteBuf cached(StoredRange pointer) {
        byte[] bytes = cache.get(pointer);
        return bytes == null ? null : Unpooled.wrappedBuffer(bytes);
    }

    @Override
    public void offer(StoredRange pointer, ByteBuf bytes) {
        if (caching) {
            cache.put(pointer, ByteBufUtil.getBytes(bytes));
        }
    }

    @Override
    public void prefetch(List<? extends StoredRange> pointers) {
        pointers.forEach(pointer -> read(pointer).thenAccept(ByteBuf::release));
    }

    @Override
    public void close() {}
}
