package io.narrows.broker.repair;

import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Where skip records are kept: each in an object of its own, and beside them a version that changes whenever they do, so that
 * looking for news costs one small GET. Futures complete on threads of the store, which is borrowed. Thread-safe.
 */
public final class SkipBucket {
    /** Maximum number of batches that all records together may skip. */
    public static final int MAX_BATCHES = 200_000;

    static final String RECORDS = "gc/skipped/records/";
    static final String VERSION = "gc/skipped/version";

    private static final int VERSION_BYTES = 16;
    private static final int MAX_RECORDS = 1000;
    private static final int MAX_BYTES = 64 << 20;

    private final ObjectStore store;

    public SkipBucket(ObjectStore store) {
        this.store = store;
    }

    /** Records with their keys; one that cannot be read has none, and says why. */
    public record Stored(String key, Optional<SkipRecord> skip, String failure) {}

    /** Changes with the records; empty as long as there never were any. */
    CompletableFuture<Optional<String>> version() {
        return store.get(VERSION, 0, VERSION_BYTES)
                .thenApply(bytes -> Optional.of(new String(bytes(bytes), StandardCharsets.US_ASCII)))
                .exceptionallyCompose(failure -> isMissing(failure)
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : CompletableFuture.failedFuture(failure));
    }

    /** All records. Fails if the bucket has more than a thousand of them, or does not answer. */
    public CompletableFuture<List<Stored>> records() {
        return store.list(RECORDS, "", MAX_RECORDS).thenCompose(this::read);
    }

    private CompletableFuture<List<Stored>> read(Listing listing) {
        if (listing.truncated()) {
            return CompletableFuture.failedFuture(new IllegalStateException(
                    "found more than " + MAX_RECORDS + " skip records; withdraw records of deleted offsets"));
        }
        CompletableFuture<List<Stored>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (ObjectInfo object : listing.objects()) {
            all = all.thenCompose(list -> read(object).thenApply(record -> {
                list.add(record);
                return list;
            }));
        }
        return all;
    }

    private CompletableFuture<Stored> read(ObjectInfo object) {
        if (object.sizeBytes() <= 0 || object.sizeBytes() > MAX_BYTES) {
            return CompletableFuture.completedFuture(
                    new Stored(object.key(), Optional.empty(), "it has " + object.sizeBytes() + " bytes"));
        }
        return store.get(object.key(), 0, (int) object.sizeBytes()).thenApply(bytes -> {
            try {
                return new Stored(object.key(), Optional.of(SkipText.read(bytes(bytes))), "");
            } catch (IllegalArgumentException e) {
                return new Stored(object.key(), Optional.empty(), String.valueOf(e.getMessage()));
            }
        });
    }

    /** Writes the record, then the version: brokers that start in between know it, the others when the version has changed. */
    public CompletableFuture<Void> write(SkipRecord skip, long version) {
        return store.put(RECORDS + skip.id(), Unpooled.wrappedBuffer(SkipText.write(skip)))
                .thenCompose(done -> writeVersion(version));
    }

    /** Takes a record back: readers get its batches again, if they are there. */
    public CompletableFuture<Void> withdraw(String id, long version) {
        return store.delete(List.of(RECORDS + id)).thenCompose(done -> writeVersion(version));
    }

    /** {@code version} is any number that was not used before. */
    public CompletableFuture<Void> writeVersion(long version) {
        return store.put(
                VERSION,
                Unpooled.copiedBuffer(java.util.HexFormat.of().toHexDigits(version), StandardCharsets.US_ASCII));
    }

    /** Consumes the buffer. */
    private static byte[] bytes(ByteBuf buffer) {
        try {
            return ByteBufUtil.getBytes(buffer);
        } finally {
            buffer.release();
        }
    }

    private static boolean isMissing(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException known && known.kind() == ObjectStoreException.Kind.NOT_FOUND;
    }
}
