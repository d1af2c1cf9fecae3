package io.narrows.broker.gc.collector;

import io.narrows.relay.Crc32c;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.relay.store.PutCondition;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.zip.CRC32C;

/**
 * Reads and writes single gc objects: header, checksum, conditions. Futures complete on the loop. Does not own the store.
 */
final class GcObjects {
    private static final int MAX_READ_BYTES = 8 << 20;

    private final ObjectStore store;
    private final Loop loop;

    GcObjects(ObjectStore store, Loop loop) {
        this.store = store;
        this.loop = loop;
    }

    /** Size, time and entity tag of an object. By LIST, because its times are finer than those of other requests. */
    CompletableFuture<Optional<ObjectInfo>> info(String key) {
        return onLoop(store.list(key, "", 1))
                .thenApply(listing -> listing.objects().stream()
                        .filter(object -> object.key().equals(key))
                        .findFirst());
    }

    /** A page in the order of keys; fails for a store that has another order, as directory buckets do. */
    CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
        return onLoop(store.list(prefix, startAfter, maxKeys)).thenApply(listing -> {
            String last = startAfter;
            for (ObjectInfo object : listing.objects()) {
                if (object.key().compareTo(last) <= 0 || !object.key().startsWith(prefix)) {
                    throw new ObjectStoreException(
                            Kind.INVALID,
                            "the object store lists '" + object.key() + "' after '" + last
                                    + "': listings must be in the" + " order of keys, so use a general purpose bucket",
                            null);
                }
                last = object.key();
            }
            return listing;
        });
    }

    CompletableFuture<Void> delete(Collection<String> keys) {
        return onLoop(store.delete(keys));
    }

    /** Replaces the object whatever there is. */
    CompletableFuture<Void> put(String key, byte[] bytes) {
        return onLoop(store.put(key, Unpooled.wrappedBuffer(bytes)));
    }

    /** Completes with the entity tag; fails with CONFLICT when the condition is false. */
    CompletableFuture<String> putIf(String key, byte[] bytes, PutCondition condition) {
        return onLoop(store.putIf(key, Unpooled.wrappedBuffer(bytes), condition));
    }

    CompletableFuture<Optional<GcHeader>> header(String key) {
        return onLoop(store.get(key, 0, GcHeader.BYTES).thenApply(bytes -> Optional.of(GcHeader.parse(text(bytes)))))
                .exceptionallyCompose(failure -> is(failure, Kind.NOT_FOUND)
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : CompletableFuture.failedFuture(failure));
    }

    /** Reads in parts. Fails if the object was replaced since its header was read: the caller tries again later. */
    CompletableFuture<byte[]> body(String key, GcHeader header) {
        byte[] body = new byte[header.length()];
        return read(key, body, 0).thenApply(read -> {
            CRC32C crc = new CRC32C();
            crc.update(body);
            MalformedGcObjectException.check((int) crc.getValue() == header.crc(), "checksum of " + key);
            return body;
        });
    }

    private CompletableFuture<Void> read(String key, byte[] body, int from) {
        int length = Math.min(MAX_READ_BYTES, body.length - from);
        return onLoop(store.get(key, (long) GcHeader.BYTES + from, length)).thenCompose(bytes -> {
            try {
                bytes.readBytes(body, from, length);
            } finally {
                boolean unused = bytes.release();
            }
            return from + length == body.length
                    ? CompletableFuture.<Void>completedFuture(null)
                    : read(key, body, from + length);
        });
    }

    /** An object of lines. */
    static byte[] bytes(long id, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(GcHeader.BYTES + body.length);
        bytes.position(GcHeader.BYTES).put(body);
        return withHeader(id, bytes.array(), body.length);
    }

    /** Writes the header of an object whose body is in its place. */
    static byte[] withHeader(long id, byte[] bytes, int textLength) {
        int length = bytes.length - GcHeader.BYTES;
        int crc = Crc32c.of(Unpooled.wrappedBuffer(bytes), GcHeader.BYTES, length);
        byte[] header = new GcHeader(id, length, crc, textLength).text().getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(header, 0, bytes, 0, GcHeader.BYTES);
        return bytes;
    }

    static boolean is(Throwable failure, Kind kind) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException store && store.kind() == kind;
    }

    /** Consumes the buffer. */
    private static String text(ByteBuf bytes) {
        try {
            return bytes.toString(StandardCharsets.UTF_8);
        } finally {
            boolean unused = bytes.release();
        }
    }

    private <T> CompletableFuture<T> onLoop(CompletableFuture<T> future) {
        CompletableFuture<T> onLoop = new CompletableFuture<>();
        CompletableFuture<Void> unused = future.handle((value, failure) -> {
            loop.execute(() -> {
                if (failure == null) {
                    onLoop.complete(value);
                } else {
                    onLoop.completeExceptionally(failure);
                }
            });
            return null;
        });
        return onLoop;
    }
}
