package io.narrows.broker.tier;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.TierSettings;
import io.narrows.broker.read.SkippedLinks;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.range.CachingRangeReader;
import io.narrows.relay.range.RangeMetrics;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.range.RangeReaderLimits;
import io.narrows.relay.range.RangeReaderLimits.Coalescing;
import io.narrows.relay.store.ObjectStore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes {@link TierServices} and owns their readers; stores, clock and registry stay with the caller. */
public final class TierComponents implements AutoCloseable {
    private static final int GETS_IN_FLIGHT = 8;
    private static final int QUEUED_GETS = 1024;
    private static final long IN_FLIGHT_BYTES = 64 << 20;
    /** Ranges behind links are used once: just enough for two copies with two steps each. */
    private static final long COPY_CACHE_BYTES = 16 << 20;

    private static final long COPY_IN_FLIGHT_BYTES = 16 << 20;
    /** Blocks of a segment lie side by side, and are asked for together. */
    private static final Coalescing BLOCKS = new Coalescing(0, 8 << 20, 64 << 20, TimeUnit.MILLISECONDS.toNanos(1));

    private final CachingRangeReader blocks;
    private final CachingRangeReader links;
    private final TierServices services;

    /** Where copies are written and their links are read, and where readers of history read; two clients, or one. */
    public record Stores(ObjectStore copies, ObjectStore reads) {}

    /** What the process around has: its clock, registry, cache of recent ranges, and how long a GET may take. */
    public record Surroundings(
            Loop clock, MetricRegistry registry, @Nullable RangeReader recent, long getNanos, SkippedLinks skipped) {
        /** Without links to skip. */
        public Surroundings(Loop clock, MetricRegistry registry, @Nullable RangeReader recent, long getNanos) {
            this(clock, registry, recent, getNanos, SkippedLinks.NONE);
        }
    }

    public TierComponents(TierSettings settings, Stores stores, Surroundings around) {
        blocks = new CachingRangeReader(
                stores.reads(),
                new RangeReaderLimits(
                        settings.cacheBytes(), IN_FLIGHT_BYTES, GETS_IN_FLIGHT, QUEUED_GETS, BLOCKS, around.getNanos()),
                around.clock(),
                new RangeMetrics(around.registry(), "segments"));
        links = new CachingRangeReader(
                stores.copies(),
                new RangeReaderLimits(
                        COPY_CACHE_BYTES,
                        COPY_IN_FLIGHT_BYTES,
                        GETS_IN_FLIGHT,
                        Integer.MAX_VALUE,
                        Coalescing.DEFAULT,
                        around.getNanos()),
                around.clock(),
                new RangeMetrics(around.registry(), "copies"));
        services = new TierServices(
                stores.copies(),
                blocks,
                links,
                around.recent(),
                around.clock(),
                settings,
                new TierMetrics(around.registry()),
                around.skipped());
    }

    public TierServices services() {
        return services;
    }

    @Override
    public void close() {
        blocks.close();
        links.close();
    }
}
