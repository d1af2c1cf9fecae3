package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.TierSettings;
import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.relay.Crc32c;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.MemoryObjectStore.Operation;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadataUpdate;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.apache.kafka.server.log.remote.storage.RemoteResourceNotFoundException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager.IndexType;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a local segment with links and inline batches, on a store in memory, and what is read of them. */
@ExtendWith(LeakDetection.class)
final class SegmentStorageTest {
    private static final long BASE = 5000;

    @TempDir
    Path directory;

    private final DefaultEventExecutor executor = new DefaultEventExecutor();
    private volatile MemoryObjectStore.Behaviour behaviour = (operation, key, bytes) -> Effect.NONE;
    private final MemoryObjectStore store = new MemoryObjectStore(
            new NettyLoop(executor), (operation, key, bytes) -> behaviour.effect(operation, key, bytes));
    private final MetricRegistry registry = new MetricRegistry();
    private final Random random = new Random(7);
    private final ByteArrayOutputStream real = new ByteArrayOutputStream();
    private volatile SkippedLinks skipped = SkippedLinks.NONE;
    private TierComponents components;
    private SegmentStorage storage;
    private LogSegmentData local;
    private LogSegment stock;

    @BeforeEach
    void aSegmentWithLinks() throws Exception {
        TierSettings settings =
                new TierSettings(1 << 20, 32 << 20, 4 << 20, 1L << 40, 60_000, TierSettings.DEFAULT.roll());
        components = new TierComponents(
                settings,
                new TierComponents.Stores(store, store),
                new TierComponents.Surroundings(
                        new NettyLoop(executor),
                        registry,
                        null,
                        TimeUnit.SECONDS.toNanos(5),
                        pointer -> skipped.contain(pointer)));
        storage = new SegmentStorage();
        storage.attach(components.services());
        stock = LogSegment.open(
                Files.createDirectories(directory.resolve("stock")).toFile(),
                BASE,
                new LogConfig(Map.of()),
                Time.SYSTEM,
                1 << 24,
                false);
        local = segment(400);
    }

    @AfterEach
    void close() throws IOException {
        components.close();
        stock.close();
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Test
    void whatIsReadIsTheRealBytesAndTheIndexesThatKafkaWouldHaveBuilt() throws Exception {
        RemoteLogSegmentMetadata copied = copy(metadata());

        assertThat(store.keys().stream().filter(key -> key.startsWith("seg/")).count())
                .isEqualTo((real.size() - 1) / (1 << 20) + 1)
                .isGreaterThan(3);
        assertThat(read(copied, 0, real.size())).isEqualTo(real.toByteArray());
        for (int from : new int[] {1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, real.size() - 1}) {
            try (var stream = storage.fetchLogSegment(copied, from, Math.min(real.size() - 1, from + 2_000_000))) {
                byte[] expected =
                        java.util.Arrays.copyOfRange(real.toByteArray(), from, Math.min(real.size(), from + 2_000_001));
                assertThat(stream.readAllBytes()).isEqualTo(expected);
            }
        }
        stock.onBecomeInactiveSegment();
        assertThat(storage.fetchIndex(copied, IndexType.OFFSET).readAllBytes())
                .isEqualTo(Files.readAllBytes(stock.offsetIndexFile().toPath()));
        assertThat(storage.fetchIndex(copied, IndexType.TIMESTAMP).readAllBytes())
                .isEqualTo(Files.readAllBytes(stock.timeIndexFile().toPath()));
        assertThat(storage.fetchIndex(copied, IndexType.PRODUCER_SNAPSHOT).readAllBytes())
                .containsExactly(1, 2, 3);
        assertThat(storage.fetchIndex(copied, IndexType.LEADER_EPOCH).readAllBytes())
                .containsExactly(4, 5);
        assertThatThrownBy(() -> storage.fetchIndex(copied, IndexType.TRANSACTION))
                .isInstanceOf(RemoteResourceNotFoundException.class);
    }

    @Test
    void aReaderFromFrontToBackIsReadAheadOfWithFewGets() throws Exception {
        RemoteLogSegmentMetadata copied = copy(metadata());
        long before = gets();

        readInPieces(copied);

        assertThat(gets() - before).isLessThanOrEqualTo(real.size() / (1 << 20) + 2L);
        assertThat(registry.counter("narrows.tier.read.ahead.blocks").getCount())
                .isPositive();
        assertThat(registry.meter("range.segments.prefetch.wasted").getCount()).isZero();
        long again = gets();
        readInPieces(copied);
        assertThat(gets()).isEqualTo(again);
    }

    private void readInPieces(RemoteLogSegmentMetadata copied) throws Exception {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        while (read.size() < real.size()) {
            try (var stream = storage.fetchLogSegment(copied, read.size())) {
                read.write(stream.readNBytes(300_000));
            }
        }
        assertThat(read.toByteArray()).isEqualTo(real.toByteArray());
    }

    private long gets() {
        return registry.meter("range.segments.gets").getCount();
    }

    @Test
    void aFailedCopyIsDeletedWithoutALayout() throws Exception {
        RemoteLogSegmentMetadata started = metadata();
        behaviour = (operation, key, bytes) ->
                operation == Operation.PUT && key.endsWith("2") ? Effect.loseAnswer(1_000_000) : Effect.delay(500_000);

        assertThatThrownBy(() -> storage.copyLogSegmentData(started, local)).isInstanceOf(RemoteStorageException.class);

        assertThat(store.keys().stream().filter(key -> key.startsWith("seg/"))).hasSize(3);
        behaviour = (operation, key, bytes) -> Effect.NONE;
        storage.deleteLogSegmentData(started);
        assertThat(store.keys()).noneMatch(key -> key.startsWith("seg/"));
        storage.deleteLogSegmentData(started);
    }

    @Test
    void aCopyFailsWhenARangeIsGoneOrIsNotWhatTheLinkSays() throws Exception {
        String wal = store.keys().get(0);
        behaviour = (operation, key, bytes) ->
                operation == Operation.GET && key.equals(wal) ? Effect.fail(0, Kind.NOT_FOUND) : Effect.NONE;
        assertThatThrownBy(() -> copy(metadata())).isInstanceOf(RemoteStorageException.class);

        behaviour = (operation, key, bytes) -> Effect.NONE;
        overwrite(wal, 100);
        assertThatThrownBy(() -> copy(metadata())).isInstanceOf(RemoteStorageException.class);
    }

    @Test
    void aCopyHasEmptyBatchesInPlaceOfWhatIsSkipped() throws Exception {
        WalObjectId lost = WalObjectId.parse(store.keys().get(0));
        store.delete(List.of(lost.key())).join();
        assertThatThrownBy(() -> copy(metadata())).isInstanceOf(RemoteStorageException.class);

        skipped = pointer -> pointer.object().equals(lost);
        RemoteLogSegmentMetadata copied = copy(metadata());

        List<Long> nextOffsets = new ArrayList<>();
        int empty = 0;
        for (var batch : MemoryRecords.readableRecords(ByteBuffer.wrap(read(copied, 0, real.size())))
                .batches()) {
            batch.ensureValid();
            nextOffsets.add(batch.nextOffset());
            empty += batch.countOrNull() == 0 ? 1 : 0;
        }
        assertThat(nextOffsets).hasSize(400).endsWith(BASE + 800).isSorted();
        assertThat(empty).isEqualTo(10);
        assertThat(registry.counter("narrows.tier.copied.records.skipped").getCount())
                .isEqualTo(20);
    }

    @Test
    void aDamagedBlockIsNeverServed() throws Exception {
        RemoteLogSegmentMetadata copied = copy(metadata());
        String part = store.keys().stream()
                .filter(key -> key.startsWith("seg/"))
                .toList()
                .get(1);

        overwrite(part, 1000);

        assertThat(read(copied, 0, 1 << 20)).hasSize(1 << 20);
        assertThatThrownBy(() -> read(copied, 1 << 20, 10)).isInstanceOf(IOException.class);
    }

    @Test
    void deletingRemovesEveryPart() throws Exception {
        RemoteLogSegmentMetadata copied = copy(metadata());

        storage.deleteLogSegmentData(copied);

        assertThat(store.keys()).noneMatch(key -> key.startsWith("seg/"));
        assertThatThrownBy(() -> read(copied, 0, 1)).isInstanceOf(IOException.class);
    }

    private byte[] read(RemoteLogSegmentMetadata copied, int from, int length) throws Exception {
        try (var stream = storage.fetchLogSegment(copied, from)) {
            return stream.readNBytes(length);
        }
    }

    private void overwrite(String key, int at) {
        int size = (int) store.head(key).join().sizeBytes();
        ByteBuf bytes = store.get(key, 0, size).join();
        bytes.setByte(at, ~bytes.getByte(at));
        store.put(key, bytes).join();
    }

    private RemoteLogSegmentMetadata copy(RemoteLogSegmentMetadata started) throws RemoteStorageException {
        return started.createWithUpdates(new RemoteLogSegmentMetadataUpdate(
                started.remoteLogSegmentId(),
                1,
                storage.copyLogSegmentData(started, local),
                RemoteLogSegmentState.COPY_SEGMENT_FINISHED,
                1));
    }

    private static RemoteLogSegmentMetadata metadata() {
        TopicIdPartition partition = new TopicIdPartition(Uuid.randomUuid(), new TopicPartition("t", 3));
        return new RemoteLogSegmentMetadata(
                RemoteLogSegmentId.generateNew(partition), BASE, BASE + 799, 1, 1, 1, 1000, Map.of(0, BASE));
    }

    /** Two records per batch; two of three batches are links into objects of ten ranges. */
    private LogSegmentData segment(int batches) throws Exception {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ByteBuf object = Unpooled.buffer();
        int objects = 0;
        for (int i = 0; i < batches; i++) {
            byte[] value = new byte[1 + random.nextInt(20_000)];
            random.nextBytes(value);
            SimpleRecord[] records = {
                new SimpleRecord(1000 + random.nextInt(100_000), null, value),
                new SimpleRecord(1000 + random.nextInt(100_000), null, new byte[10])
            };
            ByteBuffer staged = bytes(MemoryRecords.withRecords(0, Compression.NONE, -1, records));
            ByteBuffer assigned = ByteBuffer.wrap(staged.array().clone());
            BatchHeader.assign(assigned, 0, BASE + 2L * i, 4);
            real.write(assigned.array());
            stock.append(BASE + 2L * i + 1, MemoryRecords.readableRecords(assigned.duplicate()));
            if (i % 3 == 0) {
                file.write(assigned.array());
                continue;
            }
            WalObjectId id = new WalObjectId("w", 1, objects);
            Pointer pointer = new Pointer(
                    id, object.writerIndex(), staged.remaining(), Crc32c.of(Unpooled.wrappedBuffer(staged.array())));
            object.writeBytes(staged.array());
            ByteBuffer link = LinkBatch.write(assigned, 0, pointer);
            file.write(link.array(), 0, link.remaining());
            if (i % 15 == 14 || i >= batches - 2) {
                store.put(id.key(), object).join();
                object = Unpooled.buffer();
                objects++;
            }
        }
        object.release();
        Path log = Files.write(directory.resolve("segment.log"), file.toByteArray());
        Path snapshot = Files.write(directory.resolve("segment.snapshot"), new byte[] {1, 2, 3});
        return new LogSegmentData(log, log, log, Optional.empty(), snapshot, ByteBuffer.wrap(new byte[] {4, 5}));
    }

    private static ByteBuffer bytes(MemoryRecords records) {
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().get(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
