package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

final class ByteBufRequestBodyTest {
    private final ByteBuf bytes = Unpooled.wrappedBuffer(new byte[] {1, 2}, new byte[] {3}, new byte[] {4, 5, 6});
    private final ByteBufRequestBody body = new ByteBufRequestBody(bytes);

    @Test
    void partsComeAsTheyAreAskedFor() {
        Recorder recorder = new Recorder();
        body.subscribe(recorder);

        recorder.subscription.request(1);
        assertThat(recorder.received).containsExactly(1, 2);
        recorder.subscription.request(1);
        assertThat(recorder.received).containsExactly(1, 2, 3);
        assertThat(recorder.completed).isZero();
        recorder.subscription.request(5);

        assertThat(recorder.received).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(recorder.completed).isEqualTo(1);
        recorder.subscription.request(1);
        assertThat(recorder.completed).isEqualTo(1);
    }

    @Test
    void everyAttemptReadsFromTheStart() {
        for (int attempt = 0; attempt < 3; attempt++) {
            Recorder recorder = new Recorder();
            body.subscribe(recorder);
            recorder.subscription.request(Long.MAX_VALUE);

            assertThat(recorder.received).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(recorder.completed).isEqualTo(1);
        }
        assertThat(body.subscriptions()).isEqualTo(3);
    }

    @Test
    void demandFromInsideASignalDoesNotRecurse() {
        ByteBuf many = Unpooled.compositeBuffer(20_000);
        for (int i = 0; i < 20_000; i++) {
            ((io.netty.buffer.CompositeByteBuf) many).addComponent(true, Unpooled.wrappedBuffer(new byte[] {1}));
        }
        Recorder recorder = new Recorder() {
            @Override
            public void onNext(ByteBuffer part) {
                super.onNext(part);
                subscription.request(1);
            }
        };
        new ByteBufRequestBody(many).subscribe(recorder);

        recorder.subscription.request(1);

        assertThat(recorder.received).hasSize(20_000);
        assertThat(recorder.completed).isEqualTo(1);
    }

    @Test
    void nothingComesAfterACancel() {
        Recorder recorder = new Recorder();
        body.subscribe(recorder);
        recorder.subscription.request(1);

        recorder.subscription.cancel();
        recorder.subscription.request(10);

        assertThat(recorder.received).containsExactly(1, 2);
        assertThat(recorder.completed).isZero();
    }

    @Test
    void demandThatIsNotPositiveIsAnError() {
        Recorder recorder = new Recorder();
        body.subscribe(recorder);

        recorder.subscription.request(0);

        assertThat(recorder.failure).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void checksumIsThatOfTheBytes() {
        ByteBuf digits = Unpooled.wrappedBuffer("1234".getBytes(), "56789".getBytes());

        // The check value of CRC-32C, 0xE3069283.
        assertThat(new ByteBufRequestBody(digits).checksum()).isEqualTo("4waSgw==");
    }

    private static class Recorder implements Subscriber<ByteBuffer> {
        final List<Integer> received = new ArrayList<>();
        Subscription subscription;
        Throwable failure;
        int completed;

        @Override
        public void onSubscribe(Subscription started) {
            subscription = started;
        }

        @Override
        public void onNext(ByteBuffer part) {
            while (part.hasRemaining()) {
                received.add((int) part.get());
            }
        }

        @Override
        public void onError(Throwable error) {
            failure = error;
        }

        @Override
        public void onComplete() {
            completed++;
        }
    }
}
