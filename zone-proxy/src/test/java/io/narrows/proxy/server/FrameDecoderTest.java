package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.Wire;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakDetection.class)
final class FrameDecoderTest {
    private static final FrameDecoder.Bounds BOUNDS = new FrameDecoder.Bounds(1 << 20, 1 << 16);

    private final ClientMemory memory = ClientMemory.of(4_000);
    private final ManualLoop loop = new ManualLoop(0);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final ReadGate gate = new ReadGate(channel);
    private final FrameDecoder decoder =
            new FrameDecoder(BOUNDS, new FrameDecoder.Origin(memory, "host", "connection"), gate, loop);
    private final List<Throwable> failures = new ArrayList<>();

    FrameDecoderTest() {
        channel.pipeline().addLast(decoder, new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                failures.add(cause);
            }
        });
    }

    @AfterEach
    void nothingStaysReserved() {
        channel.finishAndReleaseAll();
        assertThat(memory.usedBytes()).isZero();
    }

    private static ByteBuf frame(int correlationId) {
        return Wire.request(ApiKeys.METADATA, (short) 12, correlationId, new MetadataRequestData());
    }

    private static ByteBuf produceHeader(int length) {
        return Unpooled.buffer().writeInt(length).writeShort(ApiKeys.PRODUCE.id).writeShort(9);
    }

    @Test
    void framesAreTheSameHoweverTheyAreCut() {
        byte[] bytes = ByteBufUtil.getBytes(Unpooled.wrappedBuffer(frame(1), frame(2), frame(3)));
        int size = bytes.length / 3;
        for (int cut = 1; cut < bytes.length; cut++) {
            channel.writeInbound(Unpooled.copiedBuffer(bytes, 0, cut));
            channel.writeInbound(Unpooled.copiedBuffer(bytes, cut, bytes.length - cut));
            for (int i = 0; i < 3; i++) {
                ByteBuf frame = channel.readInbound();
                assertThat(ByteBufUtil.getBytes(frame))
                        .isEqualTo(java.util.Arrays.copyOfRange(bytes, i * size + 4, (i + 1) * size));
                frame.release();
            }
            assertThat((Object) channel.readInbound()).isNull();
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void oneByteAtATimeIsEnough() {
        for (byte next : ByteBufUtil.getBytes(frame(7))) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {next}));
        }
        ByteBuf frame = channel.readInbound();
        assertThat(frame.isDirect()).isTrue();
        assertThat(frame.capacity()).isEqualTo(frame.readableBytes());
        frame.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 9, (1 << 20) + 1, Integer.MAX_VALUE})
    void aLengthOutOfBoundsIsRefusedBeforeAnythingIsAllocated(int length) {
        channel.writeInbound(produceHeader(length));
        assertThat(failures).singleElement().isInstanceOf(InvalidFrameException.class);
        assertThat(failures.get(0)).hasMessageContaining("socket.request.max.bytes");
    }

    @Test
    void onlyProduceMayBeLarge() {
        channel.writeInbound(Unpooled.buffer()
                .writeInt((1 << 16) + 1)
                .writeShort(ApiKeys.METADATA.id)
                .writeShort(9));
        assertThat(failures.get(0)).hasMessageContaining("control.request.max.bytes");
    }

    @Test
    void anUnknownApiIsRefused() {
        channel.writeInbound(Unpooled.buffer().writeInt(100).writeShort(-3).writeShort(9));
        assertThat(failures.get(0)).hasMessageContaining("unknown API key -3");
    }

    @Test
    void anHttpRequestIsNamedInTheError() {
        channel.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n", StandardCharsets.US_ASCII));
        assertThat(failures.get(0)).hasMessageContaining("HTTP");
    }

    @Test
    void aTlsHelloIsNamedInTheError() {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01}));
        assertThat(failures.get(0)).hasMessageContaining("TLS");
    }

    @Test
    void nothingIsReadAfterAnError() {
        channel.writeInbound(produceHeader(-1));
        channel.writeInbound(frame(1));
        assertThat((Object) channel.readInbound()).isNull();
        assertThat(failures).hasSize(1);
    }

    @Test
    void withoutMemoryTheFrameWaitsAndTheSocketIsNotRead() {
        ClientMemory.ClientQuota other = memory.open("other");
        assertThat(other.tryEnter(3_900)).isTrue();
        channel.writeInbound(produceHeader(600), Unpooled.buffer().writeZero(596));
        assertThat((Object) channel.readInbound()).isNull();
        assertThat(gate.isClosedBy(ReadGate.Reason.MEMORY)).isTrue();
        assertThat(channel.config().isAutoRead()).isFalse();

        other.leave(3_900);
        channel.runPendingTasks();

        ByteBuf frame = channel.readInbound();
        assertThat(frame.readableBytes()).isEqualTo(600);
        assertThat(memory.usedBytes()).isEqualTo(600);
        assertThat(channel.config().isAutoRead()).isTrue();
        frame.release();
    }

    @Test
    void bytesAreGivenBackWhenTheLastSliceIsReleased() {
        channel.writeInbound(produceHeader(600), Unpooled.buffer().writeZero(596));
        ByteBuf frame = channel.readInbound();
        ByteBuf slice = frame.retainedSlice(100, 200);
        frame.release();
        assertThat(memory.usedBytes()).isEqualTo(600);
        slice.release();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void aConnectionThatClosesWhileItWaitsTakesNoMemory() {
        ClientMemory.ClientQuota other = memory.open("other");
        assertThat(other.tryEnter(3_900)).isTrue();
        channel.writeInbound(produceHeader(600), Unpooled.buffer().writeZero(100));
        other.leave(3_900);
        channel.close();
        channel.runPendingTasks();
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.waiting()).isZero();
    }

    @Test
    void aHalfRequestHasAnAge() {
        channel.writeInbound(produceHeader(600));
        loop.advance(TimeUnit.SECONDS.toNanos(5));
        assertThat(decoder.halfRequestOlderThan(TimeUnit.SECONDS.toNanos(4))).isTrue();
        channel.writeInbound(Unpooled.buffer().writeZero(596));
        assertThat(decoder.halfRequestOlderThan(0)).isFalse();
        ((ByteBuf) channel.readInbound()).release();
    }
}
