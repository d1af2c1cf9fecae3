package io.narrows.relay.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Version 3 on the wire: the golden file is never generated again. */
@ExtendWith(LeakDetection.class)
final class RelayGoldenTest {
    private static final PooledByteBufAllocator ALLOC = PooledByteBufAllocator.DEFAULT;
    private static final HelloReply REPLY =
            new HelloReply(RelayError.NONE, "", 3, "cluster", 1, "zone-b", 16 << 20, 100 << 20, 0);
    private static final List<AppendResult> RESULTS = List.of(
            new AppendResult(
                    300,
                    List.of(
                            new EntryResult(0, RelayError.NONE, (short) 0, 1_000, -1, 0, 0, -1, -1, null, List.of()),
                            new EntryResult(
                                    1, RelayError.NONE, (short) 6, -1, -1, -1, 0, 2, 8, "not the leader", List.of()))),
            new AppendResult(
                    301,
                    List.of(new EntryResult(
                            0,
                            RelayError.OBJECT_UNREADABLE,
                            (short) 87,
                            -1,
                            1_700_000_000_000L,
                            -1,
                            25,
                            -1,
                            -1,
                            null,
                            List.of(new EntryResult.RecordError(4, "bad"), new EntryResult.RecordError(5, null))))));

    private final Map<String, byte[]> golden = load();

    @Test
    void messagesAreWrittenAsTheyAlwaysWere() {
        assertGolden("hello", ControlCodec.encode(ALLOC, RelaySamples.HELLO));
        assertGolden("hello-reply", ControlCodec.encode(ALLOC, REPLY));
        assertGolden("append", RelayFrames.encode(request(), WireCompression.NONE));
        assertGolden("append-result", RelayFrames.encode(RESULTS));
        assertGolden("append-in-parts", RelayFrames.encode(inParts(), WireCompression.NONE));
        assertGolden("announce", PartCodec.encode(ALLOC, new PartCodec.Announcement(7, 20_000_000)));
        assertGolden("withdraw", PartCodec.encode(ALLOC, new PartCodec.Announcement(7, 0)));
        assertGolden("grant", PartCodec.encodeGrant(ALLOC, 7));
        assertGolden("part", part());
        assertGolden("ping", ControlCodec.encodePing(ALLOC, Frame.PING, 258));
        assertGolden("pong", ControlCodec.encodePing(ALLOC, Frame.PONG, 258));
        assertGolden(
                "close",
                ControlCodec.encode(ALLOC, new ControlCodec.CloseReason(RelayError.FENCED_WRITER, "replaced")));
    }

    @Test
    void whatWasWrittenIsStillRead() {
        assertThat(append("append")).isEqualTo(request());
        Frame results = frame("append-result");
        assertThat(ResultCodec.decode(results)).isEqualTo(RESULTS);
        results.release();
    }

    @Test
    void partsAreStillRead() {
        Frame announce = frame("announce");
        Frame withdraw = frame("withdraw");
        Frame grant = frame("grant");
        IncomingBatch incoming = new IncomingBatch();
        assertThat(PartCodec.decodeAnnouncement(announce)).isEqualTo(new PartCodec.Announcement(7, 20_000_000));
        assertThat(PartCodec.decodeAnnouncement(withdraw)).isEqualTo(new PartCodec.Announcement(7, 0));
        assertThat(PartCodec.decodeGrant(grant)).isEqualTo(7);
        incoming.announce(new PartCodec.Announcement(8, 8), 8);
        incoming.grant(8);
        for (int i = 0; i < 2; i++) {
            Frame part = frame("part");
            incoming.part(ALLOC, part);
            part.release();
        }
        Frame append = frame("append-in-parts");
        AppendRequest request = AppendDecoder.decode(ALLOC, append, RelayProtocol.DEFAULT_MAX_FRAME_BYTES, incoming);
        AppendEntry entry = request.groups().get(0).entries().get(0);
        assertThat(entry.carrier()).isEqualTo(AppendEntry.Carrier.PARTS);
        assertThat(entry.bytes()).isEqualTo(bytes("partpart"));
        List.of(announce, withdraw, grant, append).forEach(Frame::release);
    }

    /** Another zstd may compress otherwise, so only reading is compared. */
    @Test
    void compressedBytesAreStillRead() {
        AppendRequest request = append("append-zstd");

        ByteBuf bytes = request.groups().get(0).entries().get(0).bytes();
        ByteBuf original = RelaySamples.uncompressedBatch(2_000);
        assertThat(ByteBufUtil.equals(bytes, original)).isTrue();
        original.release();
    }

    private AppendRequest append(String name) {
        Frame frame = frame(name);
        AppendRequest request =
                AppendDecoder.decode(ALLOC, frame, RelayProtocol.DEFAULT_MAX_FRAME_BYTES, new IncomingBatch());
        AppendRequest copy = RelayFrames.onHeap(request);
        request.release();
        frame.release();
        return copy;
    }

    private Frame frame(String name) {
        return RelayFrames.cut(Unpooled.wrappedBuffer(golden.get(name))).get(0);
    }

    private void assertGolden(String name, ByteBuf actual) {
        String hex = ByteBufUtil.hexDump(actual);
        actual.release();
        assertThat(hex).as(name).isEqualTo(ByteBufUtil.hexDump(golden.getOrDefault(name, new byte[0])));
    }

    private static AppendRequest inParts() {
        ProduceContext context =
                new ProduceContext((short) 1, 30_000, (short) 13, null, "User", "ANONYMOUS", "app", "10.0.0.7");
        UUID topic = new UUID(0x1111_2222_3333_4444L, 0x5555_6666_7777_8888L);
        return new AppendRequest(
                301,
                List.of(new AppendGroup(
                        context,
                        List.of(new AppendEntry(
                                17, 0, topic, 3, null, null, AppendEntry.Carrier.PARTS, AppendEntry.Sequence.ANY)))));
    }

    private static ByteBuf part() {
        return PartCodec.encodePlain(ALLOC, 4).writeBytes(bytes("part"));
    }

    private static AppendRequest request() {
        WalObjectId object = new WalObjectId("proxy-a1", 0x0198_a2b3_c4d5_e6f7L, 300);
        UUID topic = new UUID(0x1111_2222_3333_4444L, 0x5555_6666_7777_8888L);
        Pointer first = new Pointer(object, 5_242_880, 65_529, 0x1a2b_3c4d);
        Pointer second = new Pointer(object, 5_308_409, 700, 0x5e6f_7081);
        ProduceContext context =
                new ProduceContext((short) -1, 30_000, (short) 13, null, "User", "ANONYMOUS", "app", "10.0.0.7");
        ProduceContext transactional =
                new ProduceContext((short) -1, 30_000, (short) 13, "tx", "User", "ANONYMOUS", "app", "10.0.0.7");
        return new AppendRequest(
                300,
                List.of(
                        new AppendGroup(
                                context,
                                List.of(
                                        new AppendEntry(17, 0, topic, 3, first, null),
                                        new AppendEntry(18, 2, topic, 4, second, bytes("staged")))),
                        new AppendGroup(
                                transactional, List.of(new AppendEntry(19, 0, topic, 5, null, bytes("inline"))))));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static Map<String, byte[]> load() {
        Map<String, byte[]> loaded = new HashMap<>();
        try (InputStream in = RelayGoldenTest.class.getResourceAsStream("relay-v3.hex")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
                String[] nameAndHex = line.split(" ");
                loaded.put(nameAndHex[0], ByteBufUtil.decodeHexDump(nameAndHex[1]));
            }
            return loaded;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
