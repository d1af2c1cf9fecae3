package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.tier.SegmentTail.Facts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata.CustomMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager.IndexType;
import org.junit.jupiter.api.Test;

final class SegmentTailTest {
    private static final Facts FACTS = new Facts(105, 1 << 20, 1 << 20, 1000, 1004);
    private static final Map<IndexType, ByteBuffer> SECTIONS = Map.of(
            IndexType.TIMESTAMP,
            ByteBuffer.wrap(new byte[12]),
            IndexType.PRODUCER_SNAPSHOT,
            ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6}),
            IndexType.LEADER_EPOCH,
            ByteBuffer.wrap(new byte[] {7, 8, 9, 10}));

    @Test
    void theGoldenFileIsReadAndWrittenAlike() throws Exception {
        byte[] golden;
        try (InputStream in = SegmentTailTest.class.getResourceAsStream("segment-tail-v1.hex")) {
            golden = HexFormat.of()
                    .parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", ""));
        }

        SegmentTail read = SegmentTail.check(Unpooled.wrappedBuffer(golden));

        assertThat(read.blockCrc(0)).isEqualTo(0x01020304);
        assertThat(read.section(IndexType.PRODUCER_SNAPSHOT)).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(read.section(IndexType.LEADER_EPOCH)).containsExactly(7, 8, 9, 10);
        assertThat(read.section(IndexType.TRANSACTION)).isEmpty();
        assertThat(read.section(IndexType.OFFSET)).isEmpty();
        assertThat(read.section(IndexType.TIMESTAMP)).hasSize(12);
        assertThat(HexFormat.of().formatHex(tail())).isEqualTo(HexFormat.of().formatHex(golden));
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] tail = tail();
        for (int length = 0; length < tail.length; length++) {
            ByteBuf cut = Unpooled.wrappedBuffer(tail, 0, length);
            assertThatThrownBy(() -> SegmentTail.check(cut)).isInstanceOf(CorruptSegmentException.class);
            // Also where the CRC of the cut bytes was checked.
            assertThatThrownBy(() -> SegmentTail.read(cut)).isInstanceOf(CorruptSegmentException.class);
        }
    }

    @Test
    void everyFlippedBitIsRefused() {
        byte[] tail = tail();
        for (int bit = 0; bit < tail.length * 8; bit++) {
            byte[] flipped = tail.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> SegmentTail.check(Unpooled.wrappedBuffer(flipped)))
                    .isInstanceOf(CorruptSegmentException.class);
        }
    }

    @Test
    void aBlockThatIsNotThereIsRefused() {
        SegmentTail tail = SegmentTail.check(Unpooled.wrappedBuffer(tail()));
        assertThatThrownBy(() -> tail.blockCrc(1)).isInstanceOf(CorruptSegmentException.class);
        assertThatThrownBy(() -> tail.blockCrc(-1)).isInstanceOf(CorruptSegmentException.class);
    }

    @Test
    void layoutsRoundTripAndImpossibleOnesAreRefused() {
        SegmentLayout layout = new SegmentLayout((40 << 20) + 7, 16 << 20, 1 << 20, 5000, 0x1a2b3c4d);
        assertThat(SegmentLayout.of(layout.toMetadata())).isEqualTo(layout);
        assertThat(layout.lastPart()).isEqualTo(2);
        assertThat(layout.blocks()).isEqualTo(41);
        assertThat(layout.lengthOf(40)).isEqualTo(7);
        byte[] valid = layout.toMetadata().value();
        for (int length = 0; length < valid.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(valid, length);
            assertThatThrownBy(() -> SegmentLayout.of(new CustomMetadata(cut)))
                    .isInstanceOf(CorruptSegmentException.class);
        }
        assertThatThrownBy(() -> new SegmentLayout(0, 1 << 20, 1 << 20, 60, 0))
                .isInstanceOf(CorruptSegmentException.class);
        assertThatThrownBy(() -> new SegmentLayout(1, (1 << 20) + 1, 1 << 20, 60, 0))
                .isInstanceOf(CorruptSegmentException.class);
        assertThatThrownBy(() -> new SegmentLayout(1, 1 << 20, 1 << 20, 59, 0))
                .isInstanceOf(CorruptSegmentException.class);
        assertThatThrownBy(() -> new SegmentLayout(1, 1 << 20, 1 << 20, Integer.MAX_VALUE, 0))
                .isInstanceOf(CorruptSegmentException.class);
    }

    private static byte[] tail() {
        return SegmentTail.write(FACTS, SECTIONS, new int[] {0x01020304}).array();
    }
}
