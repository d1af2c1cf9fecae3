package io.narrows.relay.rpc;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Messages for tests, fixed ones and random ones from a seed. */
final class RelaySamples {
    static final Hello HELLO = new Hello(3, 3, "cluster", "zone-a", "proxy-a", 7, "narrows test");

    private RelaySamples() {}

    static HelloReply welcome(String zone) {
        return new HelloReply(
                RelayError.NONE, "", 3, "cluster", 1, zone, RelayProtocol.DEFAULT_MAX_FRAME_BYTES, 100 << 20, 0);
    }

    static ProduceContext context(String clientId) {
        return new ProduceContext((short) -1, 30_000, (short) 13, null, "User", "ANONYMOUS", clientId, "10.0.0.7");
    }

    static AppendEntry entry(long laneId, @Nullable Pointer pointer, @Nullable ByteBuf bytes) {
        return new AppendEntry(laneId, 2, new UUID(1, 2), 3, pointer, bytes);
    }

    /** As a proxy sends it: the bytes have gone before. */
    static AppendEntry inParts(long laneId) {
        return new AppendEntry(
                laneId, 2, new UUID(1, 2), 3, null, null, AppendEntry.Carrier.PARTS, AppendEntry.Sequence.FIRST);
    }

    static Pointer pointer(long sequence) {
        return new Pointer(new WalObjectId("proxy-a", 7, sequence), 4096, 65_536, 0x89abcdef);
    }

    static AppendRequest request(long requestId, AppendEntry... entries) {
        return new AppendRequest(requestId, List.of(new AppendGroup(context("client"), List.of(entries))));
    }

    static EntryResult success(int index, long baseOffset) {
        return new EntryResult(index, RelayError.NONE, (short) 0, baseOffset, -1, 0, 0, -1, -1, null, List.of());
    }

    /** A batch header that says "v2, uncompressed", followed by bytes that compress well. */
    static ByteBuf uncompressedBatch(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i / 64);
        }
        ByteBuf batch = Unpooled.directBuffer(length).writeBytes(bytes);
        return batch.setByte(16, 2).setShort(21, 0);
    }

    static AppendRequest randomRequest(Random random, long requestId) {
        List<AppendGroup> groups = new ArrayList<>();
        for (int g = random.nextInt(4); g >= 0; g--) {
            List<AppendEntry> entries = new ArrayList<>();
            for (int e = random.nextInt(6); e > 0; e--) {
                entries.add(randomEntry(random));
            }
            ProduceContext context = new ProduceContext(
                    (short) (random.nextInt(3) - 1),
                    random.nextInt(100_000),
                    (short) random.nextInt(14),
                    random.nextBoolean() ? null : text(random),
                    "User",
                    text(random),
                    text(random),
                    "10.0.0." + random.nextInt(3));
            groups.add(new AppendGroup(context, entries));
        }
        return new AppendRequest(requestId, groups);
    }

    static AppendResult randomResult(Random random) {
        List<EntryResult> results = new ArrayList<>();
        for (int r = random.nextInt(5); r >= 0; r--) {
            List<EntryResult.RecordError> recordErrors = new ArrayList<>();
            for (int e = random.nextInt(3); e > 0; e--) {
                recordErrors.add(
                        new EntryResult.RecordError(random.nextInt(1000), random.nextBoolean() ? null : text(random)));
            }
            results.add(new EntryResult(
                    random.nextInt(RelayProtocol.MAX_ENTRIES),
                    RelayError.of(random.nextInt(9)),
                    (short) (random.nextInt(140) - 1),
                    random.nextLong(),
                    random.nextBoolean() ? -1 : random.nextLong(),
                    random.nextInt(3) - 1,
                    random.nextInt(2) * random.nextInt(),
                    random.nextInt(4) - 1,
                    random.nextInt(4) - 1,
                    random.nextBoolean() ? null : text(random),
                    recordErrors));
        }
        return new AppendResult(random.nextLong(), results);
    }

    private static AppendEntry randomEntry(Random random) {
        int kind = random.nextInt(3);
        Pointer pointer = kind == 0
                ? null
                : new Pointer(
                        new WalObjectId("writer-" + random.nextInt(2), random.nextInt(3), random.nextLong() >>> 1),
                        random.nextInt(1 << 30),
                        1 + random.nextInt(1 << 20),
                        random.nextInt());
        ByteBuf bytes = kind == 1 ? null : randomBytes(random);
        return new AppendEntry(
                random.nextLong(),
                random.nextInt(Integer.MAX_VALUE),
                new UUID(0, random.nextInt(3)),
                random.nextInt(1000),
                pointer,
                bytes,
                AppendEntry.Carrier.FRAME,
                AppendEntry.Sequence.values()[random.nextInt(2)]);
    }

    private static ByteBuf randomBytes(Random random) {
        if (random.nextInt(3) == 0) {
            return uncompressedBatch(100 + random.nextInt(5000));
        }
        byte[] bytes = new byte[1 + random.nextInt(3000)];
        random.nextBytes(bytes);
        return random.nextBoolean()
                ? Unpooled.wrappedBuffer(bytes)
                : Unpooled.directBuffer().writeBytes(bytes);
    }

    private static String text(Random random) {
        return "Z\u00fcrich \u20ac \ud83d\ude80".substring(0, random.nextInt(9)) + random.nextInt(4);
    }
}
