package io.narrows.relay.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A proxy's messages and the leader's decoder have the same limits: what can be constructed can be encoded, fits into
 * what {@link FrameSize} says, and is accepted; what the decoder refuses cannot be constructed.
 */
@ExtendWith(LeakDetection.class)
final class RelayLimitsTest {
    private static final PooledByteBufAllocator ALLOC = PooledByteBufAllocator.DEFAULT;
    private static final int[] NUMBERS = {Integer.MIN_VALUE, -2, -1, 0, 1, 2, 13, 0x7fff, Integer.MAX_VALUE};
    private static final String[] TEXTS = {
        "", "a", "\ufffd".repeat(10_922), "\ufffd".repeat(10_923), "x".repeat(32_767), "x".repeat(32_768)
    };

    @Test
    void aContextCanBeConstructedIfAndOnlyIfTheLeaderAcceptsIt() {
        for (int number : NUMBERS) {
            for (String text : TEXTS) {
                check((short) -1, number, (short) 13, text, "client");
                check((short) -1, 1_000, (short) Math.max(-2, Math.min(number, 0x7fff)), null, text);
            }
            check((short) Math.max(-9, Math.min(number, 99)), 1_000, (short) 13, null, "client");
        }
    }

    private static void check(short acks, int timeoutMs, short version, String transactionalId, String clientId) {
        boolean constructed = succeeds(() -> new ProduceContext(
                acks, timeoutMs, version, transactionalId, "User", "ANONYMOUS", clientId, "10.0.0.7"));
        ByteBuf buffer = ALLOC.directBuffer();
        WireWriter out = Frame.begin(buffer)
                .varlong(1)
                .number(0)
                .number(0)
                .number(1)
                .int8(acks)
                .varlong(timeoutMs)
                .varlong(version);
        writeText(out, transactionalId);
        out.string("User").string("ANONYMOUS");
        writeText(out, clientId);
        out.string("10.0.0.7").number(0);
        Frame.finish(buffer, Frame.APPEND, (byte) RelayProtocol.MAX_VERSION, 0);
        Frame frame = RelayFrames.cut(buffer).get(0);
        boolean accepted = succeeds(() -> AppendDecoder.decode(ALLOC, frame, 1 << 20, new IncomingBatch()));
        frame.release();
        assertThat(constructed)
                .as("acks %d timeout %d version %d texts %s", acks, timeoutMs, version, clientId.length())
                .isEqualTo(accepted);
    }

    private static void writeText(WireWriter out, String text) {
        if (text == null) {
            out.number(0);
            return;
        }
        ByteBuf utf8 = Unpooled.copiedBuffer(text, java.nio.charset.StandardCharsets.UTF_8);
        out.number(utf8.readableBytes() + 1).buffer().writeBytes(utf8);
    }

    @Test
    void anEntryThatTheLeaderWouldRefuseCannotBeConstructed() {
        for (int number : new int[] {Integer.MIN_VALUE, -1}) {
            assertThatThrownBy(() -> new AppendEntry(1, number, new UUID(1, 2), 0, RelaySamples.pointer(1), null))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new AppendEntry(1, 0, new UUID(1, 2), number, RelaySamples.pointer(1), null))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new AppendEntry(1, 0, new UUID(1, 2), 0, null, Unpooled.EMPTY_BUFFER))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AppendEntry(1, 0, new UUID(1, 2), 0, null, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFrameOfTheSmallestLimitHasRoomForTheLongestIds() {
        String longest = "x".repeat(32_767);
        ProduceContext context =
                new ProduceContext((short) -1, 1, (short) 13, longest, longest, longest, longest, longest);

        assertThat(new FrameSize(RelayProtocol.MIN_MAX_FRAME_BYTES)
                        .takes(context, RelayProtocol.MIN_MAX_FRAME_BYTES / 2))
                .isTrue();
    }

    /** Fills frames up to limits at random as the router does. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatFitsByItsSizeIsEncodedAndDecoded(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            int limit = 1 + random.nextInt(400_000);
            FrameSize size = new FrameSize(limit);
            List<AppendGroup> groups = new ArrayList<>();
            while (true) {
                AppendGroup group = extreme(random);
                int payload = payload(group.entries().get(0));
                if (!size.takes(group.context(), payload)) {
                    group.entries().forEach(AppendEntry::release);
                    break;
                }
                size.add(group.context(), payload);
                groups.add(group);
            }
            AppendRequest request = new AppendRequest(Long.MAX_VALUE, groups);
            AppendRequest copy = RelayFrames.copyOf(request);

            List<ByteBuf> parts = new AppendEncoder(ALLOC, WireCompression.values()[round % 2]).encode(request, limit);

            ByteBuf wire = ALLOC.directBuffer();
            parts.forEach(part -> {
                wire.writeBytes(part);
                part.release();
            });
            assertThat(wire.readableBytes()).as("seed %d round %d", seed, round).isLessThanOrEqualTo((int)
                    Math.min(limit, size.bytes()));
            Frame frame = RelayFrames.cut(wire).get(0);
            AppendRequest received = AppendDecoder.decode(ALLOC, frame, limit, new IncomingBatch());
            assertThat(received).as("seed %d round %d", seed, round).isEqualTo(copy);
            frame.release();
            received.release();
            copy.release();
        }
    }

    private static int payload(AppendEntry entry) {
        return entry.bytes() == null ? 0 : entry.bytes().readableBytes();
    }

    private static AppendGroup extreme(Random random) {
        int[] lengths = {0, 1, 249, 10_922};
        String text = (random.nextBoolean() ? "\ufffd" : "\ud83d\ude80")
                .repeat(lengths[random.nextInt(4)] / (random.nextBoolean() ? 2 : 3));
        ProduceContext context = new ProduceContext(
                (short) (random.nextInt(3) - 1),
                random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(3),
                Short.MAX_VALUE,
                random.nextBoolean() ? null : "t",
                "User",
                "p",
                text,
                "c" + random.nextInt(3));
        ByteBuf bytes = random.nextInt(3) == 0 ? null : RelaySamples.uncompressedBatch(61 + random.nextInt(20_000));
        AppendEntry entry = new AppendEntry(
                random.nextLong(),
                Integer.MAX_VALUE,
                new UUID(random.nextLong(), random.nextLong()),
                Integer.MAX_VALUE,
                bytes == null || random.nextBoolean() ? RelaySamples.pointer(random.nextLong() >>> 1) : null,
                bytes);
        return new AppendGroup(context, List.of(entry));
    }

    private static boolean succeeds(Runnable action) {
        try {
            action.run();
            return true;
        } catch (IllegalArgumentException | MalformedFrameException e) {
            return false;
        }
    }
}
