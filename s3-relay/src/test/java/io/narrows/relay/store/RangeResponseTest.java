package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

@ExtendWith(LeakDetection.class)
final class RangeResponseTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final RangeResponse response = new RangeResponse(allocator, "key", 10, 4);

    @AfterEach
    void nothingStaysAllocated() {
        response.discard();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @Test
    void partsBecomeOneBuffer() {
        CompletableFuture<RangeResponse.Attempt> done = begin(4);
        RangeResponse.Attempt attempt = subscribe();

        attempt.onNext(ByteBuffer.wrap(new byte[] {1}));
        attempt.onNext(ByteBuffer.wrap(new byte[] {2, 3, 4}));
        attempt.onComplete();

        ByteBuf bytes = done.join().take();
        assertThat(ByteBufUtil.getBytes(bytes)).containsExactly(1, 2, 3, 4);
        bytes.release();
    }

    @Test
    void answerOfAnotherLengthIsRefusedBeforeItsBody() {
        assertKind(begin(3), Kind.INVALID);
        assertKind(begin(5), Kind.CORRUPT);
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @Test
    void answerOfAnotherRangeIsRefusedBeforeItsBody() {
        CompletableFuture<RangeResponse.Attempt> done = response.prepare();
        response.onResponse(GetObjectResponse.builder()
                .contentLength(4L)
                .contentRange("bytes 0-3/100")
                .build());
        assertThat(done).isCompletedExceptionally();
        assertKind(done, Kind.CORRUPT);
        assertThat(allocator.metric().usedDirectMemory()).isZero();

        assertThat(response.isAnother("bytes 10-13/100")).isFalse();
        assertThat(response.isAnother(null)).isFalse();
    }

    @Test
    void bodyLongerThanItsLengthIsCorrupt() {
        CompletableFuture<RangeResponse.Attempt> done = begin(4);
        RangeResponse.Attempt attempt = subscribe();

        attempt.onNext(ByteBuffer.wrap(new byte[5]));

        assertKind(done, Kind.CORRUPT);
    }

    @Test
    void bodyThatEndsEarlyMayBeAskedForAgain() {
        CompletableFuture<RangeResponse.Attempt> first = begin(4);
        RangeResponse.Attempt attempt = subscribe();
        attempt.onNext(ByteBuffer.wrap(new byte[3]));
        attempt.onComplete();
        assertThatThrownBy(first::join).hasCauseInstanceOf(IOException.class);

        CompletableFuture<RangeResponse.Attempt> second = begin(4);
        RangeResponse.Attempt again = subscribe();
        again.onNext(ByteBuffer.wrap(new byte[4]));
        again.onComplete();

        assertThat(second.join().take().release()).isTrue();
    }

    @Test
    void whatArrivesAfterTheCallHasEndedIsDropped() {
        CompletableFuture<RangeResponse.Attempt> done = begin(4);
        RangeResponse.Attempt attempt = subscribe();
        attempt.onNext(ByteBuffer.wrap(new byte[1]));

        response.discard();
        attempt.onNext(ByteBuffer.wrap(new byte[3]));
        attempt.onComplete();

        assertThat(done).isCompletedExceptionally();
    }

    @Test
    void completeBodyThatWasNotTakenIsFreed() {
        CompletableFuture<RangeResponse.Attempt> done = begin(4);
        RangeResponse.Attempt attempt = subscribe();
        attempt.onNext(ByteBuffer.wrap(new byte[4]));
        attempt.onComplete();

        response.discard();

        assertThatThrownBy(() -> done.join().take()).isInstanceOf(ObjectStoreException.class);
    }

    private CompletableFuture<RangeResponse.Attempt> begin(long contentLength) {
        CompletableFuture<RangeResponse.Attempt> done = response.prepare();
        response.onResponse(
                GetObjectResponse.builder().contentLength(contentLength).build());
        return done;
    }

    private RangeResponse.Attempt subscribe() {
        RangeResponse.Attempt[] subscribed = new RangeResponse.Attempt[1];
        response.onStream(software.amazon.awssdk.core.async.SdkPublisher.adapt(subscriber -> {
            subscribed[0] = (RangeResponse.Attempt) (org.reactivestreams.Subscriber<?>) subscriber;
            subscriber.onSubscribe(new Subscription() {
                @Override
                public void request(long count) {}

                @Override
                public void cancel() {}
            });
        }));
        return subscribed[0];
    }

    private static void assertKind(CompletableFuture<RangeResponse.Attempt> done, Kind kind) {
        assertThatThrownBy(done::join)
                .hasCauseInstanceOf(ObjectStoreException.class)
                .satisfies(e ->
                        assertThat(((ObjectStoreException) e.getCause()).kind()).isEqualTo(kind));
    }
}
