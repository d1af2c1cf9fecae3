package io.narrows.relay.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakDetection.class)
final class RelayCodecTest {
    private static final PooledByteBufAllocator ALLOC = PooledByteBufAllocator.DEFAULT;
    private static final int MAX_FRAME = RelayProtocol.DEFAULT_MAX_FRAME_BYTES;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void randomRequestsSurviveTheRoundTrip(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            WireCompression compression = WireCompression.values()[random.nextInt(2)];
            AppendRequest sent = RelaySamples.randomRequest(random, round);
            AppendRequest copy = RelayFrames.copyOf(sent);

            AppendRequest received = decode(RelayFrames.encode(sent, compression));

            assertThat(received).as("seed %d round %d", seed, round).isEqualTo(copy);
            received.release();
            copy.release();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void randomResultsSurviveTheRoundTrip(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            List<AppendResult> sent = List.of(RelaySamples.randomResult(random), RelaySamples.randomResult(random));
            Frame frame = only(RelayFrames.cut(RelayFrames.encode(sent)));

            assertThat(ResultCodec.decode(frame))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(sent);
            frame.release();
        }
    }

    @Test
    void controlFramesSurviveTheRoundTrip() {
        Frame hello = only(RelayFrames.cut(ControlCodec.encode(ALLOC, RelaySamples.HELLO)));
        assertThat(ControlCodec.decodeHello(hello)).isEqualTo(RelaySamples.HELLO);
        hello.release();

        Frame reply = only(RelayFrames.cut(ControlCodec.encode(ALLOC, RelaySamples.welcome("zone-b"))));
        assertThat(ControlCodec.decodeHelloReply(reply)).isEqualTo(RelaySamples.welcome("zone-b"));
        reply.release();

        ControlCodec.CloseReason reason = new ControlCodec.CloseReason(RelayError.BUSY, "later");
        Frame close = only(RelayFrames.cut(ControlCodec.encode(ALLOC, reason)));
        assertThat(ControlCodec.decodeClose(close)).isEqualTo(reason);
        close.release();

        Frame ping = only(RelayFrames.cut(ControlCodec.encodePing(ALLOC, Frame.PING, -5)));
        assertThat(ControlCodec.decodePing(ping)).isEqualTo(-5);
        ping.release();
    }

    @Test
    void aNewerHelloMayHaveFurtherFields() {
        ByteBuf newer = ControlCodec.encode(ALLOC, RelaySamples.HELLO);
        newer.writeLong(42);
        Frame.finish(newer, Frame.HELLO, Frame.FIXED_VERSION, 0);

        Frame frame = only(RelayFrames.cut(newer));

        assertThat(ControlCodec.decodeHello(frame)).isEqualTo(RelaySamples.HELLO);
        frame.release();
    }

    @Test
    void aPointerEntryTakesAtMostThirtyBytesOfItsFrame() {
        AppendEntry[] entries = new AppendEntry[100];
        for (int lane = 0; lane < entries.length; lane++) {
            entries[lane] = RelaySamples.entry(10_000 + lane, RelaySamples.pointer(12), null);
        }

        ByteBuf wire = RelayFrames.encode(RelaySamples.request(1, entries), WireCompression.NONE);

        assertThat(wire.readableBytes() / entries.length).isLessThanOrEqualTo(30);
        wire.release();
    }

    @ParameterizedTest
    @EnumSource(WireCompression.class)
    void onlyBytesWithoutAPointerAreCompressed(WireCompression compression) {
        AppendRequest staged = RelaySamples.request(
                1, RelaySamples.entry(1, RelaySamples.pointer(1), RelaySamples.uncompressedBatch(20_000)));
        AppendRequest inline =
                RelaySamples.request(2, RelaySamples.entry(1, null, RelaySamples.uncompressedBatch(20_000)));

        ByteBuf stagedWire = RelayFrames.encode(staged, compression);
        ByteBuf inlineWire = RelayFrames.encode(inline, compression);

        assertThat(stagedWire.readableBytes()).isGreaterThan(20_000);
        assertThat(inlineWire.readableBytes() > 20_000).isEqualTo(compression == WireCompression.NONE);
        stagedWire.release();
        inlineWire.release();
    }

    @Test
    void decodedBytesAreSlicesOfTheFrame() {
        AppendRequest sent = RelaySamples.request(
                1, RelaySamples.entry(1, null, Unpooled.directBuffer().writeInt(7)));
        Frame frame = only(RelayFrames.cut(RelayFrames.encode(sent, WireCompression.NONE)));

        AppendRequest received = AppendDecoder.decode(ALLOC, frame, MAX_FRAME, new IncomingBatch());

        ByteBuf bytes = received.groups().get(0).entries().get(0).bytes();
        assertThat(bytes.memoryAddress()).isEqualTo(frame.buffer().memoryAddress() + frame.payloadOffset());
        frame.release();
        assertThat(bytes.refCnt()).isEqualTo(1);
        received.release();
    }

    @Test
    void aRequestBeyondTheFrameLimitIsNotEncodedAndItsBuffersAreReleased() {
        ByteBuf bytes = Unpooled.directBuffer().writeZero(2000);
        AppendRequest request = RelaySamples.request(1, RelaySamples.entry(1, null, bytes));

        assertThatThrownBy(() -> new AppendEncoder(ALLOC, WireCompression.NONE).encode(request, 1000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a frame has 2083 bytes, the leader accepts at most 1000");

        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void resultsBeyondOneFrameGoIntoSeveral() {
        List<EntryResult> results = new ArrayList<>();
        String message = "x".repeat(500);
        for (int index = 0; index < 2000; index++) {
            results.add(new EntryResult(index, RelayError.NONE, (short) 87, -1, -1, -1, 0, -1, -1, message, List.of()));
        }
        AppendResult all = new AppendResult(9, results);
        List<EntryResult> received = new ArrayList<>();

        int next = 0;
        int frames = 0;
        while (next < results.size()) {
            ByteBuf buffer = ALLOC.directBuffer();
            next = ResultCodec.encode(Frame.begin(buffer), all, next);
            Frame.finish(buffer, Frame.APPEND_RESULT, (byte) RelayProtocol.MAX_VERSION, 0);
            Frame frame = only(RelayFrames.cut(buffer));
            ResultCodec.decode(frame).forEach(result -> received.addAll(result.results()));
            frame.release();
            frames++;
        }

        assertThat(frames).isGreaterThan(1);
        assertThat(received).isEqualTo(results);
    }

    @Test
    void aDeclaredSizeBeyondTheFrameLimitIsRefusedBeforeAnythingIsInflated() {
        AppendRequest bomb =
                RelaySamples.request(1, RelaySamples.entry(1, null, RelaySamples.uncompressedBatch(1 << 20)));
        Frame frame = only(RelayFrames.cut(RelayFrames.encode(bomb, WireCompression.ZSTD)));

        assertThatThrownBy(() -> AppendDecoder.decode(ALLOC, frame, 1 << 19, new IncomingBatch()))
                .isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("decompressed");
        frame.release();
    }

    @Test
    void framesArriveWholeHoweverTheStreamIsCut() {
        Random random = new Random(11);
        AppendRequest sent = RelaySamples.randomRequest(random, 5);
        AppendRequest copy = RelayFrames.copyOf(sent);
        ByteBuf wire = RelayFrames.encode(sent, WireCompression.NONE);
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(MAX_FRAME));

        while (wire.isReadable()) {
            channel.writeInbound(ALLOC.directBuffer(1).writeByte(wire.readByte()));
        }

        wire.release();
        Frame frame = channel.readInbound();
        AppendRequest received = AppendDecoder.decode(ALLOC, frame, MAX_FRAME, new IncomingBatch());
        assertThat(received).isEqualTo(copy);
        frame.release();
        received.release();
        copy.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void manyFramesInOneReadArriveOneByOne() {
        ByteBuf wire = ALLOC.directBuffer();
        for (int i = 0; i < 10; i++) {
            ByteBuf ping = ControlCodec.encodePing(ALLOC, Frame.PING, i);
            wire.writeBytes(ping);
            ping.release();
        }

        List<Frame> frames = RelayFrames.cut(wire);

        assertThat(frames).hasSize(10);
        for (int i = 0; i < 10; i++) {
            assertThat(ControlCodec.decodePing(frames.get(i))).isEqualTo(i);
            frames.get(i).release();
        }
    }

    @Test
    void anUnfinishedFrameIsReleasedWithTheConnection() {
        ByteBuf wire = RelayFrames.encode(
                RelaySamples.request(
                        1, RelaySamples.entry(1, null, Unpooled.directBuffer().writeZero(5000))),
                WireCompression.NONE);
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(MAX_FRAME));

        channel.writeInbound(wire.readRetainedSlice(3000));
        wire.release();

        assertThat(channel.<@Nullable Object>readInbound()).isNull();
        channel.finishAndReleaseAll();
    }

    private static AppendRequest decode(ByteBuf wire) {
        Frame frame = only(RelayFrames.cut(wire));
        AppendRequest request = AppendDecoder.decode(ALLOC, frame, MAX_FRAME, new IncomingBatch());
        frame.release();
        return request;
    }

    private static Frame only(List<Frame> frames) {
        assertThat(frames).hasSize(1);
        return frames.get(0);
    }
}
