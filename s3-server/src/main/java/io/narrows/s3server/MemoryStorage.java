package io.narrows.s3server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Keeps objects in direct buffers, up to a bound over all of them; owns the buffers until an object is deleted. */
final class MemoryStorage extends ObjectStorage {
    private final LongSupplier wallClockMs;
    private final long maxBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong versions = new AtomicLong();

    MemoryStorage(LongSupplier wallClockMs, long maxBytes) {
        this.wallClockMs = wallClockMs;
        this.maxBytes = maxBytes;
    }

    @Override
    Upload begin(String bucket, String key, long size) {
        if (size > Integer.MAX_VALUE || usedBytes.addAndGet(size) > maxBytes) {
            if (size <= Integer.MAX_VALUE) {
                usedBytes.addAndGet(-size);
            }
            throw new S3Failure(S3Error.ENTITY_TOO_LARGE, "the server's memory bound of " + maxBytes + " is reached");
        }
        return new MemoryUpload(bucket, key, (int) size);
    }

    @Override
    public void close() {
        for (String bucket : bucketNames()) {
            objects(bucket).keySet().forEach(key -> delete(bucket, key));
        }
    }

    private final class MemoryUpload implements Upload {
        private final String bucket;
        private final String key;
        private final int size;
        private @Nullable ByteBuf bytes;

        MemoryUpload(String bucket, String key, int size) {
            this.bucket = bucket;
            this.key = key;
            this.size = size;
            this.bytes = PooledByteBufAllocator.DEFAULT.directBuffer(size, size);
        }

        @Override
        public void write(ByteBuf part) {
            if (bytes != null) {
                bytes.writeBytes(part, part.readerIndex(), part.readableBytes());
            }
        }

        @Override
        public String commit(Condition condition) {
            ByteBuf complete = bytes;
            if (complete == null) {
                throw new IllegalStateException("invariant violated: commit after the end of an upload");
            }
            bytes = null;
            InMemory object = new InMemory(complete, size);
            publish(bucket, key, object, condition);
            return object.etag();
        }

        @Override
        public void abort() {
            if (bytes != null) {
                boolean unused = bytes.release();
                bytes = null;
                usedBytes.addAndGet(-size);
            }
        }
    }

    private final class InMemory implements StoredObject {
        private final ByteBuf bytes;
        private final int size;
        private final long modifiedMs = wallClockMs.getAsLong();
        private final String etag;

        InMemory(ByteBuf bytes, int size) {
            this.bytes = bytes;
            this.size = size;
            this.etag = "\"" + Long.toHexString(versions.incrementAndGet()) + "-" + size + "\"";
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public long modifiedMs() {
            return modifiedMs;
        }

        @Override
        public String etag() {
            return etag;
        }

        @Override
        public @Nullable Object content(long position, int length) {
            try {
                return bytes.retainedSlice((int) position, length);
            } catch (IllegalReferenceCountException e) {
                return null;
            }
        }

        @Override
        public void discard() {
            boolean unused = bytes.release();
            usedBytes.addAndGet(-size);
        }
    }
}
