package io.narrows.broker.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LinkBatchTest {
    private static final WalObjectId OBJECT = new WalObjectId("proxy-a1", 0x0198a2b3c4d5e6f7L, 300);

    @Test
    void theLinkHasTheIdentityOfItsBatch() {
        ByteBuffer data = batch(Compression.lz4().build(), 77L, (short) 3, 12, true);
        BatchHeader.assign(data, 0, 1000, 5);
        ByteBuffer link = LinkBatch.write(data, 0, pointerTo(data));

        RecordBatch stock =
                MemoryRecords.readableRecords(link).batches().iterator().next();
        stock.ensureValid();
        assertThat(stock.baseOffset()).isEqualTo(1000);
        assertThat(stock.lastOffset()).isEqualTo(1002);
        assertThat(stock.partitionLeaderEpoch()).isEqualTo(5);
        assertThat(stock.producerId()).isEqualTo(77);
        assertThat(stock.producerEpoch()).isEqualTo((short) 3);
        assertThat(stock.baseSequence()).isEqualTo(12);
        assertThat(stock.lastSequence()).isEqualTo(14);
        assertThat(stock.isTransactional()).isTrue();
        assertThat(stock.isCompressed()).isFalse();
        assertThat(stock.maxTimestamp()).isEqualTo(3000);
        assertThat(stock.countOrNull()).isEqualTo(1);
        assertThat(stock.iterator().next().timestamp()).isEqualTo(3000);
        assertThat(link.remaining()).isLessThan(125);
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            ByteBuffer data = batch(
                    random.nextBoolean() ? Compression.NONE : Compression.zstd().build(),
                    random.nextBoolean() ? -1 : random.nextLong(Long.MAX_VALUE),
                    (short) random.nextInt(100),
                    random.nextInt(1000),
                    false);
            Pointer pointer = new Pointer(
                    new WalObjectId("w".repeat(1 + random.nextInt(32)), random.nextLong(Long.MAX_VALUE), i),
                    random.nextInt(1 << 30),
                    data.remaining(),
                    random.nextInt());
            ByteBuffer link = LinkBatch.write(data, 0, pointer);
            assertThat(link.remaining()).isLessThanOrEqualTo(LinkBatch.MAX_BYTES);

            LinkBatch read = LinkBatch.read(link, 0);

            assertThat(read.pointer()).isEqualTo(pointer);
            assertThat(read.batchCrc()).isEqualTo(BatchHeader.crc(data, 0));
            assertThat(read.count()).isEqualTo(3);
            read.verify(data, 0);
        }
    }

    @Test
    void theGoldenFileIsReadAndWrittenAlike() throws Exception {
        ByteBuffer data = batch(Compression.NONE, 77L, (short) 3, 12, false);
        BatchHeader.assign(data, 0, 1000, 5);
        byte[] golden;
        try (InputStream in = LinkBatchTest.class.getResourceAsStream("link-batch-v1.hex")) {
            golden = HexFormat.of()
                    .parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", ""));
        }

        LinkBatch read = LinkBatch.read(ByteBuffer.wrap(golden), 0);

        assertThat(read.pointer()).isEqualTo(pointerTo(data));
        assertThat(bytes(LinkBatch.write(data, 0, pointerTo(data)))).isEqualTo(golden);
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] link = bytes(link());
        for (int length = 0; length < link.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(link, 0, length);
            assertThatThrownBy(() -> LinkBatch.read(cut, 0)).isInstanceOf(CorruptLinkException.class);
        }
    }

    @Test
    void everyFlippedBitIsRefusedOrOutsideTheCrc() {
        byte[] link = bytes(link());
        for (int bit = 0; bit < link.length * 8; bit++) {
            byte[] flipped = link.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            int at = bit / 8;
            boolean assignedAtAppend = at < 8 || (at >= 12 && at < 16);
            if (assignedAtAppend) {
                assertThat(LinkBatch.read(ByteBuffer.wrap(flipped), 0)).isEqualTo(LinkBatch.read(link(), 0));
            } else {
                assertThatThrownBy(() -> LinkBatch.read(ByteBuffer.wrap(flipped), 0))
                        .isInstanceOf(CorruptLinkException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void damageThatTheCrcCoversNeverPasses(long seed) {
        Random random = new Random(seed);
        byte[] link = bytes(link());
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = link.clone();
            for (int n = random.nextInt(6); n >= 0; n--) {
                damaged[BatchHeader.SIZE + random.nextInt(link.length - BatchHeader.SIZE)] = (byte) random.nextInt();
            }
            ByteBuffer buffer = ByteBuffer.wrap(damaged);
            // A correct CRC over damaged content: only the parser stands between it and a wrong read.
            buffer.putInt(BatchHeader.CRC_AT, (int)
                    org.apache.kafka.common.utils.Crc32C.compute(buffer, 21, damaged.length - 21));
            try {
                assertThat(LinkBatch.read(buffer, 0).pointer().length()).isPositive();
            } catch (CorruptLinkException e) {
                assertThat(e).hasMessageMatching(".+");
            }
        }
    }

    @Test
    void dataIsNotALinkAndALinkIsNotItsData() {
        ByteBuffer data = batch(Compression.NONE, -1, (short) -1, -1, false);
        ByteBuffer other = batch(Compression.NONE, 5, (short) 1, 9, false);
        LinkBatch link = LinkBatch.read(LinkBatch.write(data, 0, pointerTo(data)), 0);

        assertThat(LinkBatch.isLink(data, 0)).isFalse();
        assertThatThrownBy(() -> LinkBatch.read(data, 0)).isInstanceOf(CorruptLinkException.class);
        assertThatThrownBy(() -> link.verify(other, 0)).isInstanceOf(CorruptLinkException.class);
    }

    private static ByteBuffer link() {
        ByteBuffer data = batch(Compression.NONE, 77L, (short) 3, 12, false);
        return LinkBatch.write(data, 0, pointerTo(data));
    }

    private static Pointer pointerTo(ByteBuffer data) {
        return new Pointer(OBJECT, 5_242_880, data.remaining(), 0x1a2b3c4d);
    }

    private static ByteBuffer batch(
            Compression compression, long producerId, short epoch, int sequence, boolean transactional) {
        SimpleRecord[] records = {
            new SimpleRecord(1000, "k".getBytes(StandardCharsets.UTF_8), new byte[100]),
            new SimpleRecord(2000, null, new byte[200]),
            new SimpleRecord(3000, "k".getBytes(StandardCharsets.UTF_8), new byte[300])
        };
        MemoryRecords built = transactional
                ? MemoryRecords.withTransactionalRecords(compression, producerId, epoch, sequence, records)
                : producerId < 0
                        ? MemoryRecords.withRecords(compression, records)
                        : MemoryRecords.withIdempotentRecords(compression, producerId, epoch, sequence, records);
        assertThat(built.batches().iterator().next()).isInstanceOf(DefaultRecordBatch.class);
        return built.buffer();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
