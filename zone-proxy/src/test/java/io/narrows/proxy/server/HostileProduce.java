package io.narrows.proxy.server;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.Wire;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Whole Produce requests with any values in any field, from a seed. */
final class HostileProduce {
    /** Stands for bytes that are not UTF-8, until the request is bytes. */
    private static final String NOT_UTF8 = "\u0001";

    private static final int LONGEST = 32_767;
    private static final int[] NUMBERS = {Integer.MIN_VALUE, -2, -1, 0, 1, 2, 1_000, Integer.MAX_VALUE};
    private static final int[] ACKS = {-1, -1, -1, 1, 1, 0, 2, -2, Short.MAX_VALUE, Short.MIN_VALUE};
    private static final int[] PARTITIONS = {0, 0, 0, 1, 1, -1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE};

    private final Random random;
    private final FakeCluster cluster;

    HostileProduce(Random random, FakeCluster cluster) {
        this.random = random;
        this.cluster = cluster;
    }

    /** A frame with its length. */
    byte[] frame() {
        short version = (short) (3 + random.nextInt(ApiKeys.PRODUCE.latestVersion() - 2));
        byte[] body = body(version);
        byte[] clientId = text().getBytes(StandardCharsets.UTF_8);
        boolean flexible = ApiKeys.PRODUCE.requestHeaderVersion(version) >= 2;
        int trailing = random.nextInt(8) == 0 ? 1 + random.nextInt(20) : 0;
        ByteBuffer frame =
                ByteBuffer.allocate(4 + 8 + 2 + clientId.length + (flexible ? 1 : 0) + body.length + trailing);
        frame.putInt(frame.capacity() - 4)
                .putShort(ApiKeys.PRODUCE.id)
                .putShort(version)
                .putInt(random.nextInt());
        if (random.nextInt(10) == 0) {
            frame.putShort((short) -1);
        } else {
            frame.putShort((short) clientId.length).put(clientId);
        }
        if (flexible) {
            frame.put((byte) 0);
        }
        frame.put(body);
        byte[] whole = Arrays.copyOf(frame.array(), frame.position() + trailing);
        notUtf8(whole);
        if (random.nextInt(12) == 0) {
            whole = Arrays.copyOf(whole, 14 + random.nextInt(whole.length - 13));
        }
        ByteBuffer.wrap(whole).putInt(0, whole.length - 4);
        for (int damages = random.nextInt(6) == 0 ? 1 + random.nextInt(4) : 0; damages > 0; damages--) {
            whole[8 + random.nextInt(whole.length - 8)] = (byte) random.nextInt();
        }
        return whole;
    }

    private byte[] body(short version) {
        while (true) {
            try {
                ByteBuffer body = MessageUtil.toByteBufferAccessor(request(version), version)
                        .buffer();
                byte[] bytes = new byte[body.remaining()];
                body.get(bytes);
                return bytes;
            } catch (RuntimeException e) {
                // Not every value can be written in every version.
                continue;
            }
        }
    }

    private ProduceRequestData request(short version) {
        ProduceRequestData request = new ProduceRequestData()
                .setAcks((short) ACKS[random.nextInt(ACKS.length)])
                .setTimeoutMs(number())
                .setTransactionalId(random.nextInt(4) == 0 ? text() : null);
        for (int topics = random.nextInt(4); topics > 0; topics--) {
            TopicProduceData topic = new TopicProduceData();
            if (version >= 13) {
                topic.setTopicId(topicId());
            } else {
                topic.setName(random.nextInt(4) == 0 ? text() : random.nextBoolean() ? "orders" : "others");
            }
            for (int partitions = random.nextInt(4); partitions > 0; partitions--) {
                topic.partitionData()
                        .add(new PartitionProduceData()
                                .setIndex(PARTITIONS[random.nextInt(PARTITIONS.length)])
                                .setRecords(records()));
            }
            request.topicData().add(topic);
        }
        return request;
    }

    private Uuid topicId() {
        UUID known =
                cluster.topics().get(random.nextBoolean() ? "orders" : "others").id();
        return switch (random.nextInt(6)) {
            case 0 -> Uuid.ZERO_UUID;
            case 1 -> new Uuid(random.nextLong(), random.nextLong());
            default -> new Uuid(known.getMostSignificantBits(), known.getLeastSignificantBits());
        };
    }

    private MemoryRecords records() {
        return switch (random.nextInt(12)) {
            case 0 -> null;
            case 1 -> MemoryRecords.EMPTY;
            case 2 -> readable(randomBytes(random.nextInt(200)));
            case 3 -> readable(join(batch(10), batch(10)));
            case 4 -> readable(Arrays.copyOf(batch(100), random.nextInt(160)));
            case 5 -> readable(damagedHeader(batch(100)));
            case 6 -> random.nextInt(4) == 0 ? readable(batch(530_000 + random.nextInt(200_000))) : readable(batch(1));
            default -> readable(batch(random.nextInt(2_000)));
        };
    }

    private byte[] batch(int length) {
        byte[] value = random.nextBoolean() ? randomBytes(length) : new byte[length];
        SimpleRecord record = new SimpleRecord(1_000L, value);
        MemoryRecords records = random.nextBoolean()
                ? MemoryRecords.withRecords(Compression.NONE, record)
                : MemoryRecords.withIdempotentRecords(
                        Compression.NONE,
                        1_000L + random.nextInt(3),
                        (short) random.nextInt(3),
                        random.nextInt(5),
                        record);
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().duplicate().get(bytes);
        return bytes;
    }

    /** Any field but length, magic and the producer's id, which is not to be that of another client. */
    private byte[] damagedHeader(byte[] batch) {
        ByteBuffer header = ByteBuffer.wrap(batch);
        switch (random.nextInt(7)) {
            case 0 -> header.putInt(23, number());
            case 1 -> header.putShort(51, (short) number());
            case 2 -> header.putInt(53, number());
            case 3 -> header.putInt(57, number());
            case 4 -> header.putLong(43, random.nextBoolean() ? -1 : Long.MIN_VALUE);
            case 5 -> header.putShort(21, (short) random.nextInt());
            default -> header.putInt(8, number());
        }
        return batch;
    }

    private int number() {
        return NUMBERS[random.nextInt(NUMBERS.length)];
    }

    private String text() {
        return switch (random.nextInt(6)) {
            case 0 -> "";
            case 1 -> "x".repeat(LONGEST);
            case 2 -> NOT_UTF8.repeat(LONGEST);
            case 3 -> "\u20ac".repeat(LONGEST / 3);
            case 4 -> NOT_UTF8.repeat(20);
            default -> "client-" + random.nextInt(3);
        };
    }

    private static void notUtf8(byte[] frame) {
        byte placeholder = (byte) NOT_UTF8.charAt(0);
        for (int from = 12; from < frame.length; from++) {
            int to = from;
            while (to < frame.length && frame[to] == placeholder) {
                to++;
            }
            if (to - from >= 20) {
                Arrays.fill(frame, from, to, (byte) 0xff);
            }
            from = to;
        }
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    private static MemoryRecords readable(byte[] bytes) {
        return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes));
    }

    /** One request of a client that keeps to the rules: the next batch of an idempotent producer. */
    static byte[] orderly(int sequence) {
        return io.netty.buffer.ByteBufUtil.getBytes(Wire.request(
                ApiKeys.PRODUCE,
                (short) 9,
                sequence,
                Wire.produce(-1, "orders", Wire.batch(1, sequence, "record " + sequence))
                        .setTimeoutMs(30_000)));
    }
}
