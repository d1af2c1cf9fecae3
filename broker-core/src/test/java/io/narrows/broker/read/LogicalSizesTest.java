package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.gc.BrokerReferences;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogicalSizesTest {
    private final LogicalSizes sizes =
            new LogicalSizes(BrokerReferences.uncollected().open("t-0"));

    @Test
    void positionsGrowByWhatLinksStandFor() {
        ByteBuffer data = data(1000);
        ByteBuffer link = link(data);
        int extra = data.remaining() - link.remaining();
        sizes.appended(0, 0, join(link, data, link));

        int first = link.remaining();
        int second = first + data.remaining();
        assertThat(sizes.realPosition(0, 0)).isZero();
        assertThat(sizes.realPosition(0, first)).isEqualTo(data.remaining());
        assertThat(sizes.realPosition(0, second)).isEqualTo(2 * data.remaining());
        assertThat(sizes.realPosition(0, second + first)).isEqualTo(3 * data.remaining());
        assertThat(sizes.extra()).isEqualTo(2L * extra);
        assertThat(LogicalSizes.realBytes(join(link, data, link))).isEqualTo(3L * data.remaining());
    }

    @Test
    void truncationAndDeletionAreFollowed() {
        ByteBuffer data = data(1000);
        ByteBuffer link = link(data);
        sizes.appended(0, 0, join(link, link));
        sizes.appended(2, 0, join(link, link, link));

        assertThat(sizes.retain(Map.of(0L, 2 * link.remaining(), 2L, link.remaining())))
                .isEqualTo(List.of(2L));
        assertThat(sizes.extra(2)).isZero();
        assertThat(sizes.hasLinks(0)).isTrue();
        assertThat(sizes.retain(Map.of(2L, 0))).isEmpty();
        assertThat(sizes.isEmpty()).isTrue();
    }

    @Test
    void oldSegmentsKeepTotalsAndAreLoadedAgainWhenCut() {
        ByteBuffer link = link(data(1000));
        for (long base = 0; base < 4; base++) {
            sizes.appended(base, 0, join(link, link));
        }
        assertThat(sizes.realPosition(0, link.remaining())).isEqualTo(link.remaining());
        assertThat(sizes.realPosition(3, link.remaining())).isEqualTo(data(1000).remaining());
        assertThat(sizes.extra(0)).isEqualTo(sizes.extra(3));

        assertThat(sizes.retain(Map.of(0L, link.remaining()))).isEqualTo(List.of(0L));
        assertThat(sizes.hasLinks(0)).isFalse();
    }

    @Test
    void headersOfAFileSayTheSame(@TempDir Path dir) throws Exception {
        ByteBuffer big = data(20_000);
        ByteBuffer link = link(big);
        ByteBuffer batches = join(link, big, link, data(10), link, big, big, link);
        try (FileRecords file = FileRecords.open(dir.resolve("0.log").toFile())) {
            file.append(MemoryRecords.readableRecords(batches));
            sizes.load(7, file);
            ReadPlan plan = ReadPlan.of(file, 3 * big.remaining(), true);
            ReadPlan one = ReadPlan.of(file, 1, true);

            assertThat(sizes.extra(7)).isEqualTo(4L * (big.remaining() - link.remaining()));
            assertThat(plan.pieces()).hasSize(3);
            assertThat(plan.realBytes()).isEqualTo(3 * big.remaining());
            assertThat(one.realBytes()).isEqualTo(big.remaining());
            assertThat(ReadPlan.of(file, 1, false).pieces()).isEmpty();
            assertThat(ReadPlan.of(file, Integer.MAX_VALUE, true).fileBytes()).isEqualTo(batches.remaining());
        }
    }

    private static ByteBuffer data(int size) {
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1, null, new byte[size]))
                .buffer();
    }

    private static ByteBuffer link(ByteBuffer data) {
        return LinkBatch.write(data, 0, new Pointer(new WalObjectId("w", 1, 2), 3, data.remaining(), 4));
    }

    private static ByteBuffer join(ByteBuffer... parts) {
        ByteBuffer all = ByteBuffer.allocate(1 << 20);
        for (ByteBuffer part : parts) {
            all.put(part.duplicate());
        }
        return all.flip();
    }
}
