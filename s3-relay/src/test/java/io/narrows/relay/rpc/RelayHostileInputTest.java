package io.narrows.relay.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.net.ByteMeter;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes from the network, a leader delivers whole requests or closes, and holds little memory meanwhile. */
@ExtendWith(LeakDetection.class)
final class RelayHostileInputTest {
    private static final PooledByteBufAllocator ALLOC = PooledByteBufAllocator.DEFAULT;
    private static final int MAX_HELD_BYTES = 4 << 20;
    private static final byte[] HELLO = bytes(ControlCodec.encode(ALLOC, RelaySamples.HELLO));
    private static final int PAYLOAD_BYTES = 100;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final Leader leader = new Leader();
    private final MetricRegistry metrics = new MetricRegistry();
    private int malformedFrames;

    @Test
    void aStreamThatEndsAtAnyByteDeliversOnlyWholeRequests() {
        byte[] append = append(1);
        byte[] stream = join(HELLO, append);
        for (int end = 0; end < stream.length; end++) {
            EmbeddedChannel channel = connect();

            feed(channel, Arrays.copyOf(stream, end));

            assertThat(channel.isOpen()).as("end %d", end).isTrue();
            assertThat(leader.requests).as("end %d", end).isEmpty();
            channel.finishAndReleaseAll();
        }
        assertThat(leader.hellos).isEqualTo(append.length);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void flippedBitsAreNoticedUnlessTheyHitThePayload(long seed) {
        Random random = new Random(seed);
        byte[] append = append(1);
        for (int round = 0; round < 150; round++) {
            byte[] flipped = append.clone();
            int bit = random.nextInt(8 * (append.length - PAYLOAD_BYTES));
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            EmbeddedChannel channel = connect();

            feed(channel, join(HELLO, flipped));

            assertThat(leader.requests).as("seed %d bit %d", seed, bit).isEmpty();
            channel.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void damageUnderAValidChecksumNeverDoesMoreThanClose(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 150; round++) {
            ByteBuf frame = Unpooled.wrappedBuffer(append(1));
            int headerLength = frame.getInt(Frame.HEADER_LENGTH_OFFSET);
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                frame.setByte(Frame.PREFIX_BYTES + random.nextInt(headerLength), random.nextInt(256));
            }
            frame.setInt(Frame.CRC_OFFSET, Frame.crc(frame, headerLength));
            EmbeddedChannel channel = connect();

            feed(channel, join(HELLO, bytes(frame)));

            assertThat(channel.isOpen()).as("seed %d round %d", seed, round).isEqualTo(!leader.requests.isEmpty());
            leader.releaseAll();
            channel.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void garbageInsteadOfAHelloOrAfterItIsDropped(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            byte[] garbage = new byte[random.nextInt(2_000)];
            random.nextBytes(garbage);
            EmbeddedChannel channel = connect();

            feed(channel, random.nextBoolean() ? garbage : join(HELLO, garbage));

            assertThat(leader.requests).isEmpty();
            channel.finishAndReleaseAll();
        }
    }

    @Test
    void aFrameThatPromisesMuchHoldsLittle() {
        ByteBuf prefix = Unpooled.buffer()
                .writeInt(RelayProtocol.DEFAULT_MAX_FRAME_BYTES - 4)
                .writeByte(Frame.APPEND)
                .writeByte(2)
                .writeShort(Frame.MAGIC)
                .writeInt(1000)
                .writeInt(0)
                .writeZero(900);
        EmbeddedChannel channel = connect();

        feed(channel, join(HELLO, bytes(prefix)));

        assertThat(channel.isOpen()).isTrue();
        channel.finishAndReleaseAll();
    }

    @Test
    void countsThatDoNotFitWhatFollowsAreRefused() {
        ByteBuf buffer = ALLOC.directBuffer();
        Frame.begin(buffer).varlong(1).varlong(60_000);
        Frame.finish(buffer, Frame.APPEND, (byte) 3, 0);

        assertCloses(bytes(buffer), "count");
    }

    @Test
    void aFrameLargerThanAgreedIsRefused() {
        leader.maxFrameBytes = 1_000;
        ByteBuf large = RelayFrames.encode(
                RelaySamples.request(
                        1, RelaySamples.entry(1, null, Unpooled.directBuffer().writeZero(1_000))),
                WireCompression.NONE);

        assertCloses(bytes(large), "length");
    }

    @Test
    void aLargeFrameBeforeTheHelloIsRefused() {
        ByteBuf large = RelayFrames.encode(
                RelaySamples.request(
                        1, RelaySamples.entry(1, null, Unpooled.directBuffer().writeZero(20_000))),
                WireCompression.NONE);
        EmbeddedChannel channel = connect();

        feed(channel, bytes(large));

        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void anAppendBeforeTheHelloIsRefused() {
        EmbeddedChannel channel = connect();

        feed(channel, append(1));

        assertThat(channel.isOpen()).isFalse();
        assertThat(leader.requests).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void requestIdsThatDoNotGrowAreRefused() {
        EmbeddedChannel channel = connect();

        feed(channel, join(HELLO, append(5)));
        feed(channel, append(5));

        assertThat(leader.requests).hasSize(1);
        assertThat(lastClose(channel)).contains("request id 5 is not greater than 5");
        leader.releaseAll();
        channel.finishAndReleaseAll();
    }

    @Test
    void anUnknownVersionOfABodyIsRefused() {
        ByteBuf newer = Unpooled.wrappedBuffer(append(1)).setByte(Frame.VERSION_OFFSET, 4);
        newer.setInt(Frame.CRC_OFFSET, Frame.crc(newer, newer.getInt(Frame.HEADER_LENGTH_OFFSET)));

        assertCloses(bytes(newer), "version");
    }

    @Test
    void partsWithoutGrantOrOfAnotherSizeAreRefused() {
        byte[] announce = bytes(PartCodec.encode(ALLOC, new PartCodec.Announcement(1, 10)));
        byte[] withdraw = bytes(PartCodec.encode(ALLOC, new PartCodec.Announcement(1, 0)));
        byte[] tooLarge = bytes(PartCodec.encode(ALLOC, new PartCodec.Announcement(1, (4 << 20) + 1)));
        byte[] part = part(6);
        byte[] append =
                bytes(RelayFrames.encode(RelaySamples.request(1, RelaySamples.inParts(3)), WireCompression.NONE));

        assertCloses(part, "granted");
        assertCloses(tooLarge, "announced batch");
        assertCloses(join(announce, announce), "in progress");
        assertCloses(withdraw, "withdrawn");
        assertCloses(join(announce, withdraw, part), "granted");
        assertCloses(append, "parts that were not received");
        leader.grants = true;
        assertClosesAfter(announce, join(part, part), "length of a part");
        assertClosesAfter(announce, join(part, append), "parts that were not received");
        assertClosesAfter(announce, join(part, withdraw), "withdrawn");
    }

    private static byte[] part(int length) {
        return bytes(PartCodec.encodePlain(ALLOC, length).writeZero(length));
    }

    @Test
    void aWriterIdThatIsNoneIsRefused() {
        Hello nameless = new Hello(3, 3, "cluster", "zone-a", "Not a writer!", 7, "test");
        EmbeddedChannel channel = connect();

        feed(channel, bytes(ControlCodec.encode(ALLOC, nameless)));

        assertThat(channel.isOpen()).isFalse();
        assertThat(leader.hellos).isZero();
        channel.finishAndReleaseAll();
    }

    private void assertCloses(byte[] frame, String reason) {
        assertClosesAfter(new byte[0], frame, reason);
    }

    private void assertClosesAfter(byte[] first, byte[] frame, String reason) {
        EmbeddedChannel channel = connect();
        feed(channel, join(HELLO, first));
        feed(channel, frame);

        assertThat(lastClose(channel)).contains(reason);
        assertThat(channel.isOpen()).isFalse();
        assertThat(leader.requests).isEmpty();
        assertThat(metrics.counter("relay.server.malformedFrames").getCount()).isEqualTo(++malformedFrames);
        channel.finishAndReleaseAll();
    }

    /** The text of the Close frame, which is the last thing sent. */
    private static String lastClose(EmbeddedChannel channel) {
        ByteBuf last = null;
        for (ByteBuf sent = channel.readOutbound(); sent != null; sent = channel.readOutbound()) {
            if (last != null) {
                last.release();
            }
            last = sent;
        }
        Frame frame = RelayFrames.cut(last).get(0);
        String message = ControlCodec.decodeClose(frame).message();
        frame.release();
        return message;
    }

    private EmbeddedChannel connect() {
        return new EmbeddedChannel(new ChannelInitializer<EmbeddedChannel>() {
            @Override
            protected void initChannel(EmbeddedChannel channel) {
                channel.config().setOption(ChannelOption.ALLOCATOR, allocator);
                channel.pipeline()
                        .addLast(
                                new ByteMeter(),
                                new FrameDecoder(RelayProtocol.MAX_HELLO_FRAME_BYTES),
                                new ServerSession(
                                        channel,
                                        RelayServerSettings.defaults(),
                                        new RelayMetrics(metrics, RelayMetrics.SERVER),
                                        leader));
            }
        });
    }

    /** In pieces of some bytes, watching how much memory the pipeline holds. */
    private void feed(EmbeddedChannel channel, byte[] bytes) {
        int piece = 1 + bytes.length / 3;
        for (int start = 0; start < bytes.length && channel.isOpen(); start += piece) {
            channel.writeInbound(
                    Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, start, Math.min(bytes.length, start + piece))));
            assertThat(allocator.metric().usedDirectMemory()).isLessThan(MAX_HELD_BYTES);
        }
    }

    /** A pointer entry and an entry with bytes, in that order. */
    private static byte[] append(long requestId) {
        AppendEntry pointer = RelaySamples.entry(1, RelaySamples.pointer(3), null);
        AppendEntry inline = new AppendEntry(
                2, 0, new UUID(5, 6), 0, null, Unpooled.directBuffer().writeZero(PAYLOAD_BYTES));
        return bytes(RelayFrames.encode(RelaySamples.request(requestId, pointer, inline), WireCompression.NONE));
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = ByteBufUtil.getBytes(buffer);
        buffer.release();
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(parts));
    }

    private static final class Leader implements RelaySession.Handler {
        private final List<AppendRequest> requests = new ArrayList<>();
        private int maxFrameBytes = RelayProtocol.DEFAULT_MAX_FRAME_BYTES;
        private boolean grants;
        private int hellos;

        @Override
        public HelloReply onHello(RelaySession session, Hello hello) {
            hellos++;
            boolean known = hello.minVersion() <= 3 && hello.maxVersion() >= 3;
            return new HelloReply(
                    known ? RelayError.NONE : RelayError.UNSUPPORTED_VERSION,
                    "",
                    3,
                    "cluster",
                    1,
                    "zone-b",
                    maxFrameBytes,
                    4 << 20,
                    0);
        }

        @Override
        public void onAppend(RelaySession session, AppendRequest request) {
            requests.add(request);
        }

        @Override
        public void onAnnounce(RelaySession session, long number, int batchBytes) {
            if (grants) {
                session.grant(number);
            }
        }

        @Override
        public void onWithdraw(RelaySession session, long number) {}

        @Override
        public void onClosed(RelaySession session) {}

        void releaseAll() {
            requests.forEach(AppendRequest::release);
            requests.clear();
        }
    }
}
