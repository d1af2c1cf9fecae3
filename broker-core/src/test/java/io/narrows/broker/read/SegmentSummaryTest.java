package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.read.SegmentSummary.LinkSizes;
import io.narrows.broker.read.SegmentSummary.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SegmentSummaryTest {
    private static final SegmentSummary SUMMARY = new SegmentSummary(
            new Segment(300, 350, 1_764_000_000_123L),
            new LinkSizes(330, 170_000, new int[] {110, 330}, new long[] {100_000, 170_000}),
            "writer".getBytes(StandardCharsets.US_ASCII));

    @Test
    void theGoldenFileIsReadAndWritten() throws IOException {
        byte[] golden = golden();
        assertThat(SUMMARY.write()).isEqualTo(ByteBuffer.wrap(golden));
        assertSame(SegmentSummary.read(ByteBuffer.wrap(golden)), SUMMARY);
    }

    @Test
    void aSummaryIsRefusedWhereverItIsCutOrDamaged() throws IOException {
        byte[] golden = golden();
        for (int size = 0; size < golden.length; size++) {
            ByteBuffer cut = ByteBuffer.wrap(golden, 0, size).slice();
            assertThatThrownBy(() -> SegmentSummary.read(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int bit = 0; bit < golden.length * 8; bit++) {
            byte[] damaged = golden.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> SegmentSummary.read(ByteBuffer.wrap(damaged)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        byte[] longer = Arrays.copyOf(golden, golden.length + 1);
        assertThatThrownBy(() -> SegmentSummary.read(ByteBuffer.wrap(longer)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatIsWrittenIsReadAgain(long seed) {
        Random random = new Random(seed);
        int links = random.nextInt(300);
        int[] ends = new int[links];
        long[] extras = new long[links];
        int end = 0;
        long extra = 0;
        for (int i = 0; i < links; i++) {
            ends[i] = end += 80 + random.nextInt(10_000);
            extras[i] = extra += random.nextInt(100_000_000) - 100;
        }
        byte[] references = new byte[random.nextInt(500)];
        random.nextBytes(references);
        SegmentSummary summary = new SegmentSummary(
                new Segment(random.nextLong() >>> 1, end + random.nextInt(1000), random.nextLong()),
                new LinkSizes(end, extra, ends, extras),
                references);
        ByteBuffer padded = ByteBuffer.allocate(summary.sizeBytes() + 7);
        padded.position(7).put(summary.write()).position(7);
        assertSame(SegmentSummary.read(padded), summary);
    }

    private static void assertSame(SegmentSummary read, SegmentSummary written) {
        assertThat(read.segment()).isEqualTo(written.segment());
        assertThat(read.references()).isEqualTo(written.references());
        assertThat(read.links()).usingRecursiveComparison().isEqualTo(written.links());
    }

    private static byte[] golden() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(SegmentSummaryTest.class.getResourceAsStream("segment-summary-v1.hex"))) {
            return HexFormat.of().parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip());
        }
    }
}
