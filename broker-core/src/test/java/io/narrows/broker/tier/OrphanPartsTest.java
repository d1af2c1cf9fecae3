package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.tier.OrphanParts.Starts;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.MemoryObjectStore;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Log start 100, local log start 500; two parts per segment. */
final class OrphanPartsTest {
    private static final Starts STARTS = new Starts(100, 500);
    private static final TierSettings SETTINGS =
            new TierSettings(1 << 20, 8 << 20, 2 << 20, 1L << 30, 1_800_000, TierSettings.DEFAULT.roll());

    /** Everything in the store is from the clock's beginning. */
    private final ManualLoop clock = new ManualLoop(0);

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final MetricRegistry registry = new MetricRegistry();
    private final TierComponents components = new TierComponents(
            SETTINGS,
            new TierComponents.Stores(store, store),
            new TierComponents.Surroundings(clock, registry, null, 1));
    private final SegmentStorage storage = new SegmentStorage();
    private final TopicIdPartition partition = new TopicIdPartition(Uuid.randomUuid(), new TopicPartition("t", 0));
    private final RememberedMetadata metadata = new RememberedMetadata();
    private final OrphanParts orphans = new OrphanParts(
            metadata,
            storage,
            new UnfinishedCopies(metadata, storage, 2, components.services()),
            2,
            components.services());

    OrphanPartsTest() {
        storage.attach(components.services());
    }

    @AfterEach
    void close() {
        components.close();
    }

    @Test
    void aPartThatLandedAfterItsCopyWasDeletedIsCollectedAfterTheGracePeriod() throws Exception {
        metadata.segments.add(parts(300));
        RemoteLogSegmentMetadata orphan = parts(300);
        RemoteLogSegmentMetadata belowTheStart = parts(20);
        RemoteLogSegmentMetadata stillLocal = parts(500);

        orphans.sweep(partition, STARTS);
        assertThat(store.keys()).hasSize(8);
        advance();
        orphans.sweep(partition, STARTS);

        assertThat(store.keys()).hasSize(2).allMatch(key -> key.startsWith(prefix(metadata.segments.get(0))));
        assertThat(registry.counter("narrows.tier.orphan.parts").getCount()).isEqualTo(6);
        assertThat(store.keys())
                .noneMatch(key -> key.startsWith(prefix(orphan))
                        || key.startsWith(prefix(belowTheStart))
                        || key.startsWith(prefix(stillLocal)));
    }

    @Test
    void aSegmentOfWhichThisBrokerHasNotReadYetIsKept() throws Exception {
        metadata.unread.add(parts(500));
        advance();

        orphans.sweep(partition, STARTS);

        assertThat(store.keys()).hasSize(2);
        assertThat(metadata.added).hasSize(1);
        assertThat(metadata.updates)
                .containsExactly(
                        RemoteLogSegmentState.DELETE_SEGMENT_STARTED, RemoteLogSegmentState.DELETE_SEGMENT_FINISHED);
    }

    @Test
    void historyWhoseMetadataIsLostIsKept() throws Exception {
        RemoteLogSegmentMetadata lost = parts(200);
        advance();

        orphans.sweep(partition, STARTS);

        assertThat(store.keys()).hasSize(2).allMatch(key -> key.startsWith(prefix(lost)));
    }

    @Test
    void withoutOrphansThereIsOneListAndNoMetadata() throws Exception {
        metadata.segments.add(parts(300));
        metadata.segments.add(parts(400));
        store.put("seg/" + partition.topicId() + "/0000000000/not ours", Unpooled.wrappedBuffer(new byte[1]))
                .join();
        advance();

        orphans.sweep(partition, STARTS);

        assertThat(store.keys()).hasSize(5);
        assertThat(metadata.added).isEmpty();
    }

    @Test
    void nothingIsDeletedWhileTheMetadataIsNotLoaded() throws Exception {
        RemoteLogSegmentMetadata orphan = parts(20);
        advance();
        metadata.ready = false;
        orphans.sweep(partition, STARTS);
        assertThat(store.keys()).allMatch(key -> key.startsWith(prefix(orphan))).hasSize(2);
    }

    private void advance() {
        clock.advance(TimeUnit.MILLISECONDS.toNanos(UnfinishedCopies.graceMs(SETTINGS) + 1));
    }

    private RemoteLogSegmentMetadata parts(long offset) {
        RemoteLogSegmentMetadata segment = new RemoteLogSegmentMetadata(
                RemoteLogSegmentId.generateNew(partition),
                offset,
                offset + 99,
                1,
                1,
                1,
                1000,
                Optional.empty(),
                RemoteLogSegmentState.COPY_SEGMENT_FINISHED,
                Map.of(0, offset));
        for (int part = 0; part < 2; part++) {
            store.put(SegmentObjectId.of(segment).part(part).key(), Unpooled.wrappedBuffer(new byte[10]))
                    .join();
        }
        return segment;
    }

    private static String prefix(RemoteLogSegmentMetadata segment) {
        return SegmentObjectId.of(segment).prefix();
    }
}
