package io.narrows.relay.store;

import io.narrows.relay.store.ObjectStoreException.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Collects the body of a ranged GET in one direct buffer of exactly the length that was asked for, for as many attempts
 * as the SDK makes. Nothing is allocated before the response's head says that length. The SDK may abandon an attempt
 * from another thread while its body arrives, so every attempt has a lock, never contended in the ordinary case. The
 * owner of the call ends it with {@link #discard()}, which frees whatever was not taken.
 */
final class RangeResponse implements AsyncResponseTransformer<GetObjectResponse, RangeResponse.Attempt> {
    private final ByteBufAllocator allocator;
    private final String key;
    private final long position;
    private final int length;
    private final List<Attempt> attempts = new ArrayList<>(1);

    RangeResponse(ByteBufAllocator allocator, String key, long position, int length) {
        this.allocator = allocator;
        this.key = key;
        this.position = position;
        this.length = length;
    }

    @Override
    public CompletableFuture<Attempt> prepare() {
        return attempt().done;
    }

    /** A further attempt, which gets its body from its caller. */
    synchronized Attempt attempt() {
        Attempt attempt = new Attempt();
        attempts.add(attempt);
        return attempt;
    }

    int length() {
        return length;
    }

    /** The range as a request has it. */
    String range() {
        return "bytes=" + position + "-" + (position + length - 1);
    }

    /** Whether an answer's Content-Range is another range than the one that was asked for; null: it has none. */
    boolean isAnother(@Nullable String contentRange) {
        return contentRange != null
                && !contentRange.startsWith("bytes " + position + "-" + (position + length - 1) + "/");
    }

    @Override
    public void onResponse(GetObjectResponse response) {
        Long size = response.contentLength();
        if (size == null || size != length) {
            Kind kind = size != null && size < length ? Kind.INVALID : Kind.CORRUPT;
            current()
                    .fail(new ObjectStoreException(
                            kind, "requested " + length + " bytes of '" + key + "', the response has " + size, null));
        } else if (isAnother(response.contentRange())) {
            current()
                    .fail(new ObjectStoreException(
                            Kind.CORRUPT,
                            "asked for " + range() + " of '" + key + "', the response has " + response.contentRange()
                                    + "; check what is between this process and S3",
                            null));
        }
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> publisher) {
        publisher.subscribe(current());
    }

    @Override
    public void exceptionOccurred(Throwable failure) {
        current().fail(failure);
    }

    /** Frees what no attempt has handed over; bytes that still arrive are dropped. */
    synchronized void discard() {
        for (Attempt attempt : attempts) {
            if (!attempt.isTaken()) {
                attempt.fail(new IOException("the call was cancelled"));
            }
        }
    }

    private synchronized Attempt current() {
        return attempts.get(attempts.size() - 1);
    }

    /** The body of one attempt; guarded by itself. */
    final class Attempt implements Subscriber<ByteBuffer> {
        private final CompletableFuture<Attempt> done = new CompletableFuture<>();
        private @Nullable Subscription subscription;
        private @Nullable ByteBuf bytes;
        private boolean over;

        /** The complete body, owned by the caller from here on. Throws when it was discarded. */
        synchronized ByteBuf take() {
            ByteBuf taken = bytes;
            if (taken == null) {
                throw new ObjectStoreException(Kind.UNAVAILABLE, "the body of '" + key + "' is gone", null);
            }
            bytes = null;
            return taken;
        }

        CompletableFuture<Attempt> done() {
            return done;
        }

        /** The body begins, and has the length that was asked for. */
        void begin(Runnable cancel) {
            onSubscribe(new Subscription() {
                @Override
                public void request(long count) {}

                @Override
                public void cancel() {
                    cancel.run();
                }
            });
        }

        /** A part of the body. Borrows it. */
        void add(ByteBuf part) {
            if (!write(part.readableBytes(), into -> into.writeBytes(part))) {
                tooLong();
            }
        }

        /** Nothing is left to free. */
        private synchronized boolean isTaken() {
            return over && bytes == null && done.isDone();
        }

        @Override
        public void onSubscribe(Subscription started) {
            synchronized (this) {
                if (!over) {
                    subscription = started;
                    bytes = allocator.directBuffer(length, length);
                }
            }
            if (subscription == null) {
                started.cancel();
            } else {
                started.request(Long.MAX_VALUE);
            }
        }

        @Override
        public void onNext(ByteBuffer part) {
            if (!write(part.remaining(), into -> into.writeBytes(part))) {
                tooLong();
            }
        }

        /** False when there is no room for so many bytes. */
        private synchronized boolean write(int count, Consumer<ByteBuf> copy) {
            if (over || bytes == null) {
                return true;
            }
            boolean fits = count <= bytes.writableBytes();
            if (fits) {
                copy.accept(bytes);
            }
            return fits;
        }

        private void tooLong() {
            fail(new ObjectStoreException(Kind.CORRUPT, "the response for '" + key + "' is too long", null));
        }

        @Override
        public void onError(Throwable failure) {
            fail(failure);
        }

        @Override
        public void onComplete() {
            boolean complete;
            synchronized (this) {
                complete = bytes != null && bytes.readableBytes() == length;
                over = over || complete;
            }
            if (complete) {
                done.complete(this);
            } else {
                // An IOException is what the SDK retries.
                fail(new IOException("the response for '" + key + "' ended early"));
            }
        }

        void fail(Throwable failure) {
            Subscription cancelled;
            synchronized (this) {
                over = true;
                cancelled = subscription;
                subscription = null;
                if (bytes != null) {
                    boolean unused = bytes.release();
                    bytes = null;
                }
            }
            if (cancelled != null && !done.isDone()) {
                cancelled.cancel();
            }
            done.completeExceptionally(failure);
        }
    }
}
