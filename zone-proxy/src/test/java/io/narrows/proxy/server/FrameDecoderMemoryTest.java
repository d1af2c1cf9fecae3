package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that send large requests in pieces and share one memory. */
@ExtendWith(LeakDetection.class)
final class FrameDecoderMemoryTest {
    private static final int MEMORY_BYTES = 1 << 20;

    private final ClientMemory memory = ClientMemory.of(MEMORY_BYTES);
    private final List<Sender> senders = new ArrayList<>();

    @AfterEach
    void nothingStaysReserved() {
        senders.forEach(sender -> sender.channel.finishAndReleaseAll());
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.waiting()).isZero();
    }

    @Test
    void announcedLengthsHoldNothing() {
        for (int i = 0; i < 100; i++) {
            Sender sender = sender("host-" + i, MEMORY_BYTES);
            long before = memory.usedBytes();
            sender.send(8);
            assertThat(memory.usedBytes()).isEqualTo(before);
            sender.send(100);
        }
        assertThat(memory.usedBytes()).isLessThanOrEqualTo(100 * 4_096);
        Sender whole = sender("somebody", 30_000);
        whole.send(30_004);
        assertThat(whole.received()).hasSize(30_000);
    }

    @Test
    void aRequestHoldsAtMostTwiceWhatHasCome() {
        Sender sender = sender("host", 600_000);
        while (sender.sent < 600_004) {
            sender.send(Math.min(10_000, 600_004 - sender.sent));
            assertThat(memory.usedBytes()).isLessThanOrEqualTo(Math.max(4_096, 2L * sender.sent));
        }
        assertThat(sender.received()).isEqualTo(sender.body());
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void aHalfRequestIsGivenBackWhenItsClientLeaves() {
        Sender sender = sender("host", 600_000);
        sender.send(300_000);
        assertThat(memory.usedBytes()).isGreaterThanOrEqualTo(300_000 - 4);
        sender.channel.close();
        assertThat(memory.usedBytes()).isZero();
    }

    /** More than fits together, in pieces, from few hosts: all of it comes through, unchanged. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void halfReceivedRequestsDoNotKeepEachOtherFromTheirEnd(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 12; i++) {
            sender("host-" + i % 3, 20_000 + random.nextInt(MEMORY_BYTES - 20_000));
        }
        List<Sender> unfinished = new ArrayList<>(senders);
        for (int round = 0; !unfinished.isEmpty(); round++) {
            assertThat(round).as("seed %d: rounds until all have come", seed).isLessThan(10_000);
            for (Sender sender : List.copyOf(unfinished)) {
                sender.channel.runPendingTasks();
                if (sender.channel.config().isAutoRead()) {
                    sender.send(Math.min(1 + random.nextInt(65_536), sender.length + 4 - sender.sent));
                }
                assertThat(memory.usedBytes()).isLessThanOrEqualTo(MEMORY_BYTES);
                if (!sender.channel.inboundMessages().isEmpty()) {
                    assertThat(sender.received()).as("seed %d", seed).isEqualTo(sender.body());
                    unfinished.remove(sender);
                }
            }
        }
    }

    private Sender sender(String host, int length) {
        Sender sender = new Sender(host, length);
        senders.add(sender);
        return sender;
    }

    /** A connection with one Produce request of so many bytes. */
    private final class Sender {
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final int length;
        private final byte[] bytes;
        private int sent;

        Sender(String host, int length) {
            this.length = length;
            ReadGate gate = new ReadGate(channel);
            channel.pipeline()
                    .addLast(new FrameDecoder(
                            new FrameDecoder.Bounds(MEMORY_BYTES, 1 << 16),
                            new FrameDecoder.Origin(memory, host, host + "/" + senders.size()),
                            gate,
                            new ManualLoop(0)));
            bytes = new byte[length + 4];
            new Random(length).nextBytes(bytes);
            ByteBuf header = Unpooled.wrappedBuffer(bytes);
            header.setInt(0, length).setShort(4, ApiKeys.PRODUCE.id).setShort(6, 9);
        }

        void send(int count) {
            channel.writeInbound(Unpooled.copiedBuffer(bytes, sent, count));
            sent += count;
        }

        byte[] body() {
            return java.util.Arrays.copyOfRange(bytes, 4, bytes.length);
        }

        byte[] received() {
            ByteBuf frame = channel.readInbound();
            try {
                return ByteBufUtil.getBytes(frame);
            } finally {
                frame.release();
            }
        }
    }
}
