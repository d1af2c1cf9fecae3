package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.MemoryObjectStore;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class UnfinishedCopiesTest {
    private static final long NOW = TimeUnit.DAYS.toMillis(1000);
    private static final TierSettings SETTINGS =
            new TierSettings(1 << 20, 8 << 20, 2 << 20, 1L << 30, 1_800_000, TierSettings.DEFAULT.roll());

    private final MemoryObjectStore store = new MemoryObjectStore();
    private final ManualLoop clock = new ManualLoop(NOW);
    private final MetricRegistry registry = new MetricRegistry();
    private final TierComponents components = new TierComponents(
            SETTINGS,
            new TierComponents.Stores(store, store),
            new TierComponents.Surroundings(clock, registry, null, 1));
    private final SegmentStorage storage = new SegmentStorage();
    private final TopicIdPartition partition = new TopicIdPartition(Uuid.randomUuid(), new TopicPartition("t", 0));
    private final RememberedMetadata metadata = new RememberedMetadata();
    private final UnfinishedCopies unfinished = new UnfinishedCopies(metadata, storage, 2, components.services());

    UnfinishedCopiesTest() {
        storage.attach(components.services());
    }

    @AfterEach
    void close() {
        components.close();
    }

    @Test
    void onlyWhatWasStartedLongAgoAndNeverFinishedIsDeleted() {
        long longAgo = NOW - UnfinishedCopies.graceMs(SETTINGS) - 1;
        String dead = segment(0, longAgo, RemoteLogSegmentState.COPY_SEGMENT_STARTED);
        String young = segment(100, NOW - 1000, RemoteLogSegmentState.COPY_SEGMENT_STARTED);
        String finished = segment(200, longAgo, RemoteLogSegmentState.COPY_SEGMENT_FINISHED);

        unfinished.sweep(Set.of(partition));

        assertThat(store.keys()).noneMatch(key -> key.startsWith(dead));
        assertThat(store.keys()).filteredOn(key -> key.startsWith(young)).hasSize(2);
        assertThat(store.keys()).filteredOn(key -> key.startsWith(finished)).hasSize(2);
        assertThat(metadata.updates)
                .containsExactly(
                        RemoteLogSegmentState.DELETE_SEGMENT_STARTED, RemoteLogSegmentState.DELETE_SEGMENT_FINISHED);
        assertThat(registry.counter("narrows.tier.swept.copies").getCount()).isEqualTo(1);
    }

    /** Its parts are all there, and its leader waits for the metadata topic, for as long as a producer tries. */
    @Test
    void aCopyWhoseLastRecordIsUnderWayIsNotTakenForDead() {
        String written = segment(
                0,
                NOW - 2 * SETTINGS.copyTimeoutMs() - TimeUnit.MINUTES.toMillis(2),
                RemoteLogSegmentState.COPY_SEGMENT_STARTED);

        unfinished.sweep(Set.of(partition));

        assertThat(store.keys()).filteredOn(key -> key.startsWith(written)).hasSize(2);
    }

    @Test
    void aPartitionWhoseMetadataIsNotLoadedIsLeftAlone() {
        String dead =
                segment(0, NOW - UnfinishedCopies.graceMs(SETTINGS) - 1, RemoteLogSegmentState.COPY_SEGMENT_STARTED);
        metadata.ready = false;

        unfinished.sweep(Set.of(partition));

        assertThat(store.keys()).anyMatch(key -> key.startsWith(dead));
    }

    @Test
    void aLeaderKeepsNoPartsItCouldNotDeleteForGood() {
        String dead =
                segment(0, NOW - UnfinishedCopies.graceMs(SETTINGS) - 1, RemoteLogSegmentState.COPY_SEGMENT_STARTED);
        metadata.fails = true;
        unfinished.sweep(Set.of(partition));
        assertThat(store.keys()).anyMatch(key -> key.startsWith(dead));

        metadata.fails = false;
        unfinished.sweep(Set.of(partition));

        assertThat(store.keys()).noneMatch(key -> key.startsWith(dead));
    }

    /** A segment in the metadata with two parts in the store; returns the parts' prefix. */
    private String segment(long offset, long startedMs, RemoteLogSegmentState state) {
        RemoteLogSegmentMetadata segment = new RemoteLogSegmentMetadata(
                RemoteLogSegmentId.generateNew(partition),
                offset,
                offset + 99,
                1,
                1,
                startedMs,
                1000,
                Optional.empty(),
                state,
                Map.of(0, offset));
        metadata.segments.add(segment);
        SegmentObjectId id = SegmentObjectId.of(segment);
        for (int part = 0; part < 2; part++) {
            store.put(id.part(part).key(), Unpooled.wrappedBuffer(new byte[10])).join();
        }
        return id.prefix();
    }
}
