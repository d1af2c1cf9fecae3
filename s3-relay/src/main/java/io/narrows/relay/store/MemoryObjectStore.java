package io.narrows.relay.store;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An object store in memory, for tests and simulation. Without a loop every operation completes on the calling thread
 * before it returns; with one, operations complete on the loop after the delay and with the failure that the injected
 * {@link Behaviour} names, so that a seed replays a run. Any thread may call it.
 */
public final class MemoryObjectStore implements ObjectStore {
    private final ConcurrentSkipListMap<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final AtomicLong versions = new AtomicLong();
    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final @Nullable Loop loop;
    private final Behaviour behaviour;

    public MemoryObjectStore() {
        this.loop = null;
        this.behaviour = (operation, key, bytes) -> Effect.NONE;
    }

    public MemoryObjectStore(Loop loop, Behaviour behaviour) {
        this.loop = loop;
        this.behaviour = behaviour;
    }

    @Override
    public CompletableFuture<Void> put(String key, ByteBuf body) {
        byte[] bytes;
        try {
            bytes = ByteBufUtil.getBytes(body);
        } finally {
            body.release();
        }
        return run(Operation.PUT, key, bytes.length, () -> {
            objects.put(key, stored(bytes));
            return null;
        });
    }

    @Override
    public CompletableFuture<String> putIf(String key, ByteBuf body, PutCondition condition) {
        byte[] bytes;
        try {
            bytes = ByteBufUtil.getBytes(body);
        } finally {
            body.release();
        }
        return run(
                Operation.PUT,
                key,
                bytes.length,
                () -> objects.compute(key, (same, before) -> {
                            if (!isTrue(condition, before)) {
                                throw new ObjectStoreException(
                                        Kind.CONFLICT, "condition for " + key + " is false", null);
                            }
                            return stored(bytes);
                        })
                        .etag);
    }

    private static boolean isTrue(PutCondition condition, @Nullable Stored before) {
        return condition instanceof PutCondition.Matches expected
                ? before != null && before.etag.equals(expected.etag())
                : before == null;
    }

    private Stored stored(byte[] bytes) {
        return new Stored(bytes, loop == null ? 0 : loop.wallTimeMs(), "\"" + versions.incrementAndGet() + "\"");
    }

    @Override
    public CompletableFuture<ByteBuf> get(String key, long position, int length) {
        return run(Operation.GET, key, length, () -> {
            byte[] bytes = stored(key).bytes;
            if (position < 0 || length <= 0 || position + length > bytes.length) {
                throw new ObjectStoreException(
                        Kind.INVALID,
                        "range " + position + "+" + length + " is not inside " + key + " of " + bytes.length + " bytes",
                        null);
            }
            return allocator.directBuffer(length, length).writeBytes(bytes, (int) position, length);
        });
    }

    @Override
    public CompletableFuture<ObjectInfo> head(String key) {
        return run(Operation.HEAD, key, 0, () -> stored(key).info(key));
    }

    @Override
    public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
        return run(Operation.LIST, prefix, 0, () -> {
            NavigableMap<String, Stored> tail = startAfter.compareTo(prefix) < 0
                    ? objects.tailMap(prefix, true)
                    : objects.tailMap(startAfter, false);
            List<ObjectInfo> page = new ArrayList<>();
            for (Map.Entry<String, Stored> entry : tail.entrySet()) {
                if (!entry.getKey().startsWith(prefix)) {
                    break;
                }
                if (page.size() == maxKeys) {
                    return new Listing(page, true);
                }
                page.add(entry.getValue().info(entry.getKey()));
            }
            return new Listing(page, false);
        });
    }

    @Override
    public CompletableFuture<Void> delete(Collection<String> keys) {
        List<String> copy = List.copyOf(keys);
        return run(Operation.DELETE, copy.isEmpty() ? "" : copy.get(0), 0, () -> {
            copy.forEach(objects::remove);
            return null;
        });
    }

    /** Every key, in order. */
    public List<String> keys() {
        return List.copyOf(objects.keySet());
    }

    @Override
    public void close() {}

    private Stored stored(String key) {
        Stored stored = objects.get(key);
        if (stored == null) {
            throw new ObjectStoreException(Kind.NOT_FOUND, "no object " + key, null);
        }
        return stored;
    }

    private <T extends @Nullable Object> CompletableFuture<T> run(
            Operation operation, String key, int bytes, Supplier<T> action) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Effect effect = behaviour.effect(operation, key, bytes);
        Runnable step = () -> complete(future, effect, key, action);
        if (loop == null) {
            step.run();
        } else {
            Loop.Timer unused = loop.schedule(effect.delayNanos(), step);
        }
        return future;
    }

    private static <T extends @Nullable Object> void complete(
            CompletableFuture<T> future, Effect effect, String key, Supplier<T> action) {
        try {
            if (effect.failure() == null) {
                future.complete(action.get());
                return;
            }
            if (effect.applied()) {
                T discarded = action.get();
                if (discarded instanceof ByteBuf unread) {
                    unread.release();
                }
            }
            future.completeExceptionally(new ObjectStoreException(effect.failure(), "injected for " + key, null));
        } catch (ObjectStoreException e) {
            future.completeExceptionally(e);
        }
    }

    /** What is asked of the store. */
    public enum Operation {
        PUT,
        GET,
        HEAD,
        LIST,
        DELETE
    }

    /** Decides how each operation goes, in the order in which they are asked for. */
    @FunctionalInterface
    public interface Behaviour {
        Effect effect(Operation operation, String key, int bytes);
    }

    /**
     * How one operation goes: how long it takes, whether and how it fails, and whether a failed one took effect all the
     * same (an acknowledgement that got lost).
     */
    public record Effect(long delayNanos, @Nullable Kind failure, boolean applied) {
        public static final Effect NONE = new Effect(0, null, true);

        public static Effect delay(long nanos) {
            return new Effect(nanos, null, true);
        }

        /** Fails without having changed anything. */
        public static Effect fail(long delayNanos, Kind kind) {
            return new Effect(delayNanos, kind, false);
        }

        /** Takes effect, but is reported as failed. */
        public static Effect loseAnswer(long delayNanos) {
            return new Effect(delayNanos, Kind.UNAVAILABLE, true);
        }
    }

    private static final class Stored {
        private final byte[] bytes;
        private final long modifiedMs;
        private final String etag;

        Stored(byte[] bytes, long modifiedMs, String etag) {
            this.bytes = bytes;
            this.modifiedMs = modifiedMs;
            this.etag = etag;
        }

        ObjectInfo info(String key) {
            return new ObjectInfo(key, bytes.length, modifiedMs, etag);
        }
    }
}
