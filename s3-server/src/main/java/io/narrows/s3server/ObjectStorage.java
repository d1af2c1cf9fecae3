package io.narrows.s3server;

import io.netty.buffer.ByteBuf;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Buckets and the index of their objects, in memory; where the bytes are is the business of the subclass. May be used
 * from any thread: an overwrite replaces the whole version atomically, and readers keep the version they have opened.
 */
abstract class ObjectStorage implements AutoCloseable {
    /** The limit of S3, in bytes of UTF-8. */
    static final int MAX_KEY_BYTES = 1024;

    private static final Pattern BUCKET_NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

    private final ConcurrentHashMap<String, ConcurrentSkipListMap<String, StoredObject>> buckets =
            new ConcurrentHashMap<>();

    /** Starts an object of exactly {@code size} bytes; throws {@link S3Failure} when there is no room for it. */
    abstract Upload begin(String bucket, String key, long size);

    /** Creates the bucket if it is missing; throws {@link S3Failure} for a name that S3 would not take. */
    void createBucket(String name) {
        if (!BUCKET_NAME.matcher(name).matches()) {
            throw new S3Failure(S3Error.INVALID_BUCKET_NAME, "invalid bucket name: " + name);
        }
        buckets.putIfAbsent(name, new ConcurrentSkipListMap<>());
    }

    Set<String> bucketNames() {
        return buckets.keySet();
    }

    /** The objects of a bucket in key order, a live view; throws {@link S3Failure} when there is no such bucket. */
    final ConcurrentSkipListMap<String, StoredObject> objects(String bucket) {
        ConcurrentSkipListMap<String, StoredObject> objects = buckets.get(bucket);
        if (objects == null) {
            throw new S3Failure(S3Error.BUCKET_NOT_FOUND, "no bucket " + bucket);
        }
        return objects;
    }

    /** Makes a version current if the condition holds for the one before it; otherwise discards it and throws. */
    final void publish(String bucket, String key, StoredObject object, Condition condition) {
        ConcurrentSkipListMap<String, StoredObject> objects = objects(bucket);
        StoredObject before;
        do {
            before = objects.get(key);
            if (!condition.holds(before)) {
                object.discard();
                throw new S3Failure(S3Error.PRECONDITION_FAILED, "the condition on " + key + " does not hold");
            }
        } while (before == null ? objects.putIfAbsent(key, object) != null : !objects.replace(key, before, object));
        if (before != null) {
            before.discard();
        }
    }

    void delete(String bucket, String key) {
        StoredObject removed = objects(bucket).remove(key);
        if (removed != null) {
            removed.discard();
        }
    }

    @Override
    public void close() {}

    /** An object on its way in. Used by one thread at a time; ends with commit or abort. */
    interface Upload {
        /** Borrows {@code part}. */
        void write(ByteBuf part);

        /** Makes the object visible and returns its entity tag; throws {@link S3Failure} and aborts when it may not. */
        String commit(Condition condition);

        /** Frees what was written; does nothing after a commit or a first abort. */
        void abort();
    }

    /** What a conditional PUT asks of the version before it: nothing, that there is none, or its entity tag. */
    record Condition(boolean absent, @Nullable String etag) {
        static final Condition NONE = new Condition(false, null);

        boolean holds(@Nullable StoredObject before) {
            return absent ? before == null : etag == null || (before != null && etag.equals(before.etag()));
        }
    }
}
