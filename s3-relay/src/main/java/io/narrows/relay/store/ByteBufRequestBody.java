package io.narrows.relay.store;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/**
 * The readable bytes of a buffer as a request body, without copying: each subscription, and so each attempt of the SDK,
 * gets fresh views of the same memory. It borrows the buffer: its creator keeps the buffer until no attempt can read
 * any more (see {@link RetiredBuffers}). May be subscribed from any thread.
 */
final class ByteBufRequestBody implements AsyncRequestBody {
    private final ByteBuffer[] views;
    private final long length;
    private final AtomicInteger subscriptions = new AtomicInteger();

    ByteBufRequestBody(ByteBuf bytes) {
        this.views = bytes.isReadable() ? bytes.nioBuffers() : new ByteBuffer[0];
        this.length = bytes.readableBytes();
    }

    /** CRC32C of the bytes, as S3's checksum header has it. */
    String checksum() {
        CRC32C crc = new CRC32C();
        for (ByteBuffer view : views) {
            crc.update(view.duplicate());
        }
        byte[] bigEndian = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
        return Base64.getEncoder().encodeToString(bigEndian);
    }

    /** How many attempts have started to read. */
    int subscriptions() {
        return subscriptions.get();
    }

    @Override
    public Optional<Long> contentLength() {
        return Optional.of(length);
    }

    @Override
    public String body() {
        return "Bytes";
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        subscriptions.incrementAndGet();
        subscriber.onSubscribe(new Views(subscriber));
    }

    /** Emits the views in order, as many as are asked for; signals are serialized by the count of unserved demand. */
    private final class Views implements Subscription {
        private final Subscriber<? super ByteBuffer> subscriber;
        private final AtomicLong demand = new AtomicLong();
        private final AtomicBoolean ended = new AtomicBoolean();
        private int next;

        Views(Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long count) {
            if (count <= 0) {
                if (ended.compareAndSet(false, true)) {
                    subscriber.onError(new IllegalArgumentException("demand must be > 0"));
                }
                return;
            }
            // The call that raises the demand from zero emits until it is zero again.
            if (demand.getAndAccumulate(count, Views::addCapped) == 0) {
                emit();
            }
        }

        @Override
        public void cancel() {
            ended.set(true);
        }

        private void emit() {
            do {
                if (next < views.length && !ended.get()) {
                    subscriber.onNext(views[next++].duplicate());
                }
                if (next == views.length && ended.compareAndSet(false, true)) {
                    subscriber.onComplete();
                }
            } while (demand.updateAndGet(left -> left == Long.MAX_VALUE && !ended.get() ? left : left - 1) > 0
                    && !ended.get());
        }

        private static long addCapped(long left, long more) {
            long sum = left + more;
            return sum < 0 ? Long.MAX_VALUE : sum;
        }
    }
}
