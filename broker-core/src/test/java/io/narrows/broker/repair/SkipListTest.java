package io.narrows.broker.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.repair.SkippedBatch.Content;
import io.narrows.broker.repair.SkippedBatch.Place;
import io.narrows.broker.repair.SkippedBatch.Reason;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class SkipListTest {
    private static final long POLL_NANOS = 1000;
    private static final SkipRecord SKIP = skip("00000000001764000000000-1a2b3c4d", 1);

    private long versions = 1_000_000;
    private final MemoryObjectStore store = new MemoryObjectStore();
    private final SkipBucket bucket = new SkipBucket(store);
    private final ManualLoop loop = new ManualLoop(0);
    private final MetricRegistry registry = new MetricRegistry();
    private final SkipList list = new SkipList(
            bucket, loop, new SkipList.Settings(POLL_NANOS, () -> ++versions), new BrokerMetrics(registry));

    private static SkipRecord skip(String id, long sequence) {
        return new SkipRecord(
                id,
                "the-cluster",
                new SkipRecord.Decision(1_764_000_000_000L, "ann", "object deleted by hand, ticket 4711"),
                List.of(new SkippedBatch(
                        new Place("orders", "AAAAAAAAAAEAAAAAAAAAAg", 3, 100, 119),
                        new Content(20, 1_763_999_000_000L, 1_763_999_000_500L, 4000, (short) 2),
                        Reason.MISSING,
                        pointer(sequence))));
    }

    private static Pointer pointer(long sequence) {
        return new Pointer(new WalObjectId("proxy-a1", 42, sequence), 64, 16_384, 0xcafebabe);
    }

    private void poll() {
        loop.advance(POLL_NANOS);
        loop.runPending();
    }

    @Test
    void aBrokerKnowsWhatWasSkippedBeforeItStarted() {
        bucket.write(SKIP, 1).join();
        list.start();
        loop.runPending();
        assertThat(list.contain(pointer(1))).isTrue();
        assertThat(list.contain(pointer(2))).isFalse();
        assertThat(registry.counter("narrows.broker.batches.skipped").getCount())
                .isEqualTo(1);
    }

    @Test
    void aRecordIsFollowedWhenItComesAndWhenItGoes() {
        list.start();
        loop.runPending();
        assertThat(list.contain(pointer(1))).isFalse();
        bucket.write(SKIP, 1).join();
        poll();
        assertThat(list.contain(pointer(1))).isTrue();
        bucket.write(skip("b", 2), 2).join();
        poll();
        bucket.withdraw(SKIP.id(), 3).join();
        poll();
        assertThat(list.contain(pointer(1))).isFalse();
        assertThat(list.contain(pointer(2))).isTrue();
        assertThat(registry.counter("narrows.broker.batches.skipped").getCount())
                .isEqualTo(1);
    }

    @Test
    void lookingForNewsDoesNotFailInABucketWithoutRecords() {
        list.start();
        loop.runPending();
        assertThat(bucket.version().join()).isPresent();
        poll();
        poll();
        assertThat(versions).as("written once").isEqualTo(1_000_001);
    }

    /** The command was killed between the record and the version: its next run writes the version. */
    @Test
    void aRecordWithoutANewVersionIsFollowedOnceTheVersionChanges() {
        list.start();
        loop.runPending();
        poll();
        store.put(SkipBucket.RECORDS + SKIP.id(), Unpooled.wrappedBuffer(SkipText.write(SKIP)))
                .join();
        poll();
        assertThat(list.contain(pointer(1))).isFalse();
        bucket.writeVersion(9).join();
        poll();
        assertThat(list.contain(pointer(1))).isTrue();
    }

    @Test
    void aDamagedRecordSkipsNothingAndTheOthersHold() {
        byte[] damaged = SkipText.write(skip("a", 2));
        damaged[40] ^= 1;
        store.put(SkipBucket.RECORDS + "a", Unpooled.wrappedBuffer(damaged)).join();
        bucket.write(SKIP, 1).join();
        list.start();
        loop.runPending();
        assertThat(list.contain(pointer(1))).isTrue();
        assertThat(list.contain(pointer(2))).isFalse();
    }

    @Test
    void theGoldenFileIsReadAndWritten() throws IOException {
        byte[] golden = golden();
        assertThat(new String(SkipText.write(SKIP), StandardCharsets.UTF_8))
                .isEqualTo(new String(golden, StandardCharsets.UTF_8));
        assertThat(SkipText.read(golden)).isEqualTo(SKIP);
    }

    @Test
    void aRecordIsRefusedWhereverItIsCutOrDamaged() throws IOException {
        byte[] golden = golden();
        for (int size = 0; size < golden.length; size++) {
            byte[] cut = Arrays.copyOf(golden, size);
            assertThatThrownBy(() -> SkipText.read(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int bit = 0; bit < golden.length * 8; bit++) {
            byte[] damaged = golden.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> SkipText.read(damaged)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static byte[] golden() throws IOException {
        try (InputStream in = Objects.requireNonNull(SkipListTest.class.getResourceAsStream("skip-record-v1.txt"))) {
            return in.readAllBytes();
        }
    }
}
