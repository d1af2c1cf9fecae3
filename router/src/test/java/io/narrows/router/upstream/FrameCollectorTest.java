package io.narrows.router.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.memory.ClientMemory;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.TooLongFrameException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakDetection.class)
@SuppressWarnings("deprecation") // a channel's handle for reading
final class FrameCollectorTest {
    private static final int FRAME_BYTES = 20;

    private final ClientMemory memory = ClientMemory.of(FRAME_BYTES + 1);
    private final FrameCollector collector = new FrameCollector(memory.open("client"), 100);
    private final EmbeddedChannel channel = new EmbeddedChannel(collector);

    @AfterEach
    void everythingIsReleased() {
        channel.finishAndReleaseAll();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void framesCutAtEveryByteAreWholeAgain() {
        for (int cut = 1; cut < FRAME_BYTES + Integer.BYTES; cut++) {
            ByteBuf whole = frame(cut);
            channel.writeInbound(whole.readRetainedSlice(cut));
            assertThat(channel.<ByteBuf>readInbound()).isNull();
            channel.writeInbound(whole);
            assertFrame(cut);
        }
    }

    @Test
    void framesReadInPlaceAreTheSame() {
        for (int read = 1; read <= 2 * FRAME_BYTES; read++) {
            RecvByteBufAllocator.Handle reads = reads(read);
            ByteBuf stream = Unpooled.wrappedBuffer(frame(1), frame(2), frame(3));
            for (int filler = 1; filler <= 3; filler++) {
                channel.runPendingTasks();
                while (channel.inboundMessages().isEmpty()) {
                    receive(reads, stream, read);
                }
                assertFrame(filler);
            }
            assertThat(stream.isReadable()).isFalse();
            stream.release();
        }
    }

    @Test
    void onlyAFramesBeginningIsReadElsewhere() {
        RecvByteBufAllocator.Handle reads = reads(6);
        ByteBuf stream = Unpooled.wrappedBuffer(frame(1), frame(2));
        receive(reads, stream, 6);
        ByteBuf nothingCame = reads.allocate(channel.alloc());
        assertThat(nothingCame.writableBytes()).as("never beyond the frame").isEqualTo(FRAME_BYTES - 2);
        nothingCame.release();

        ByteBuf place = reads.allocate(channel.alloc());
        place.writeBytes(stream, FRAME_BYTES - 2);
        long address = place.memoryAddress();
        channel.writeInbound(place);

        ByteBuf first = channel.readInbound();
        assertThat(first.memoryAddress()).isEqualTo(address - 2);
        assertThat(ByteBufUtil.getBytes(first)).hasSize(FRAME_BYTES).containsOnly(1);
        first.release();
        receive(reads, stream, 6);
        receive(reads, stream, FRAME_BYTES);
        assertFrame(2);
        stream.release();
    }

    @Test
    void aConnectionThatEndsWithAPlaceGivenOutReleasesTheFrame() {
        RecvByteBufAllocator.Handle reads = reads(6);
        ByteBuf stream = frame(1);
        receive(reads, stream, 6);
        ByteBuf place = reads.allocate(channel.alloc());
        channel.close();
        assertThat(memory.usedBytes()).isEqualTo(FRAME_BYTES);
        place.release();
        assertThat(memory.usedBytes()).isZero();
        stream.release();
    }

    @Test
    void theOtherConnectionsOfALoopHaveTheirTurnAfterSoManyBytesOfALargeFrame() {
        ClientMemory roomy = ClientMemory.of(64 << 20);
        FrameCollector large = new FrameCollector(roomy.open("client"), 32 << 20);
        EmbeddedChannel connection = new EmbeddedChannel(large);
        connection.writeInbound(Unpooled.buffer().writeInt(16 << 20));
        RecvByteBufAllocator.Handle reads =
                FrameReads.withFewReadsPerTurn(large).newHandle();

        reads.reset(connection.config());
        int bytes = 0;
        do {
            ByteBuf place = reads.allocate(connection.alloc());
            reads.attemptedBytesRead(place.writableBytes());
            reads.lastBytesRead(place.writableBytes());
            reads.incMessagesRead(1);
            bytes += place.writableBytes();
            connection.writeInbound(place.writeZero(place.writableBytes()));
        } while (reads.continueReading());

        assertThat(bytes).isBetween(1, 512 << 10);
        connection.finishAndReleaseAll();
        assertThat(roomy.usedBytes()).isZero();
    }

    /** As a socket channel reads, where others would read so many bytes at a time. */
    private RecvByteBufAllocator.Handle reads(int bytes) {
        return new FrameReads(collector, new FixedRecvByteBufAllocator(bytes)).newHandle();
    }

    private void receive(RecvByteBufAllocator.Handle reads, ByteBuf stream, int most) {
        ByteBuf read = reads.allocate(channel.alloc());
        int bytes = Math.min(most, Math.min(read.writableBytes(), stream.readableBytes()));
        assertThat(bytes).isPositive();
        channel.writeInbound(read.writeBytes(stream, bytes));
    }

    @Test
    void whenMemoryIsUsedUpTheChannelIsNotReadUntilThereIsSome() {
        channel.writeInbound(Unpooled.wrappedBuffer(frame(1), frame(2)));
        ByteBuf first = channel.readInbound();
        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(channel.<ByteBuf>readInbound()).isNull();

        first.release();
        channel.runPendingTasks();

        assertThat(channel.config().isAutoRead()).isTrue();
        assertFrame(2);
    }

    @Test
    void aSliceKeepsTheFramesBytesReserved() {
        channel.writeInbound(frame(1));
        ByteBuf frame = channel.readInbound();
        ByteBuf slice = frame.retainedSlice(0, 1);
        frame.release();
        assertThat(memory.usedBytes()).isEqualTo(FRAME_BYTES);
        slice.release();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void aPausedChannelIsNotReadEvenWhenMemoryComesFree() {
        collector.pause();
        assertThat(channel.config().isAutoRead()).isFalse();
        channel.writeInbound(Unpooled.wrappedBuffer(frame(1), frame(2)));
        ByteBuf first = channel.readInbound();
        first.release();
        channel.runPendingTasks();
        assertThat(channel.config().isAutoRead()).isFalse();
        collector.resume();
        assertThat(channel.config().isAutoRead()).isTrue();
        assertFrame(2);
    }

    @Test
    void aClientWhoseAnswersFillTheMemoryDoesNotKeepAnotherWaiting() {
        ClientMemory shared = ClientMemory.of(4 * FRAME_BYTES);
        ClientMemory.ClientQuota big = shared.open("big");
        EmbeddedChannel first = new EmbeddedChannel(new FrameCollector(big, 100));
        EmbeddedChannel second = new EmbeddedChannel(new FrameCollector(big, 100));
        EmbeddedChannel small = new EmbeddedChannel(new FrameCollector(shared.open("small"), 100));
        first.writeInbound(Unpooled.wrappedBuffer(frame(1), frame(1), frame(1)));
        small.writeInbound(frame(2));
        second.writeInbound(frame(3));
        assertThat(second.config().isAutoRead())
                .as("beyond its share there is nothing for the big one while the small one has some")
                .isFalse();
        ByteBuf answer = small.readInbound();
        assertThat(answer).isNotNull();
        answer.release();
        second.runPendingTasks();
        assertThat(second.config().isAutoRead()).isTrue();
        for (EmbeddedChannel each : new EmbeddedChannel[] {first, second, small}) {
            each.finishAndReleaseAll();
        }
        assertThat(shared.usedBytes()).isZero();
    }

    @Test
    void aFrameBeyondTheLimitIsRefusedBeforeItGetsMemory() {
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.buffer().writeInt(101)))
                .isInstanceOf(TooLongFrameException.class);
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void aConnectionThatEndsWhileItWaitsForMemoryTakesNone() {
        channel.writeInbound(Unpooled.wrappedBuffer(frame(1), frame(2)));
        ByteBuf first = channel.readInbound();
        channel.close();
        first.release();
        channel.runPendingTasks();
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.waiting()).isZero();
    }

    private static ByteBuf frame(int filler) {
        byte[] body = new byte[FRAME_BYTES];
        java.util.Arrays.fill(body, (byte) filler);
        return Unpooled.buffer().writeInt(FRAME_BYTES).writeBytes(body);
    }

    private void assertFrame(int filler) {
        ByteBuf frame = channel.readInbound();
        assertThat(frame).isNotNull();
        assertThat(ByteBufUtil.getBytes(frame)).hasSize(FRAME_BYTES).containsOnly(filler);
        frame.release();
    }
}
