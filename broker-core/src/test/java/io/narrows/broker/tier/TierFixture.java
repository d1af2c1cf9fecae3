package io.narrows.broker.tier;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.TierSettings;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.MemoryObjectStore;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;

/** A partition with segment objects in memory, and a clock; what is in the store is from the clock's year 1970. */
final class TierFixture implements AutoCloseable {
    static final TierSettings SETTINGS =
            new TierSettings(1 << 20, 8 << 20, 2 << 20, 1L << 30, 1_800_000, TierSettings.DEFAULT.roll());

    final MemoryObjectStore store = new MemoryObjectStore();
    final MetricRegistry registry = new MetricRegistry();
    final SegmentStorage storage = new SegmentStorage();
    final TopicIdPartition partition = new TopicIdPartition(Uuid.randomUuid(), new TopicPartition("t", 0));
    final RememberedSegments segments = new RememberedSegments();
    final UnfinishedCopies unfinished;
    private final ManualLoop clock;
    private final TierComponents components;

    TierFixture(long nowMs) {
        clock = new ManualLoop(nowMs);
        components = new TierComponents(
                SETTINGS,
                new TierComponents.Stores(store, store),
                new TierComponents.Surroundings(clock, registry, null, 1));
        storage.attach(components.services());
        unfinished = new UnfinishedCopies(segments, storage, 2, components.services());
    }

    TierServices services() {
        return components.services();
    }

    /** By a little more than the grace period. */
    void advance() {
        clock.advance(TimeUnit.MILLISECONDS.toNanos(UnfinishedCopies.graceMs(SETTINGS) + 1));
    }

    /** Two parts in the store; what names them is for the caller. */
    RemoteLogSegmentMetadata segment(long offset, long startedMs, RemoteLogSegmentState state) {
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
        for (int part = 0; part < 2; part++) {
            put(SegmentObjectId.of(segment).part(part).key());
        }
        return segment;
    }

    void put(String key) {
        store.put(key, Unpooled.wrappedBuffer(new byte[10])).join();
    }

    List<String> keys(RemoteLogSegmentMetadata segment) {
        return store.keys().stream()
                .filter(key -> key.startsWith(SegmentObjectId.of(segment).prefix()))
                .toList();
    }

    long count(String metric) {
        return registry.counter(metric).getCount();
    }

    @Override
    public void close() {
        components.close();
    }
}
