package io.narrows.relay.store;

import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/** Passes every operation on; subclasses change some. Owns the store behind it. */
public abstract class ForwardingObjectStore implements ObjectStore {
    private final ObjectStore delegate;

    protected ForwardingObjectStore(ObjectStore delegate) {
        this.delegate = delegate;
    }

    @Override
    public CompletableFuture<Void> put(String key, ByteBuf body) {
        return delegate.put(key, body);
    }

    @Override
    public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
        return delegate.putIf(key, body, condition);
    }

    @Override
    public CompletableFuture<ByteBuf> get(String key, long position, int length) {
        return delegate.get(key, position, length);
    }

    @Override
    public CompletableFuture<ObjectInfo> head(String key) {
        return delegate.head(key);
    }

    @Override
    public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
        return delegate.list(prefix, startAfter, maxKeys);
    }

    @Override
    public CompletableFuture<Void> delete(Collection<String> keys) {
        return delegate.delete(keys);
    }

    @Override
    public void close() {
        delegate.close();
    }
}
