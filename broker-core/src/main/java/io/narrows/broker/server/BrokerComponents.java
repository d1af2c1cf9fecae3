package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.BrokerSettings;
import io.narrows.broker.gc.BrokerReferences;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.CatchUpReadThrottle;
import io.narrows.broker.read.ProcessorLoad;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.repair.SkipBucket;
import io.narrows.broker.repair.SkipList;
import io.narrows.broker.tier.TierComponents;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.range.CachingRangeReader;
import io.narrows.relay.range.RangeMetrics;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.range.RangeReaderLimits;
import io.narrows.relay.store.HedgingObjectStore;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.StoreCheck;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.relay.store.StoreOperation;
import io.narrows.relay.wal.Incarnation;
import io.narrows.relay.wal.PipelinedWalWriter;
import io.narrows.relay.wal.WalMetrics;
import io.narrows.relay.wal.WalWriter;
import io.narrows.relay.wal.WalWriterLimits;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * What a broker talks to the object store with, made from its settings. Writes and reads of the newest data share a
 * client; reads of older data have one of their own, and so have copies of history, so that neither delays other requests. Owns all of it; closed
 * after the server.
 */
public final class BrokerComponents implements AutoCloseable {
    private static final long DEADLINE_SLACK_MS = 1000;
    private static final int SKIP_POLLS_PER_GC_ROUND = 10;
    private static final String STORE_METRICS = "narrows.store";

    private final MetricRegistry registry;
    private final ObjectStore store;
    private final ObjectStore catchUpStore;
    private final ObjectStore copyStore;
    private final DefaultEventExecutor timer;
    private final StoreCheck storeCheck;
    private final ExecutorService assembler;
    private final CachingRangeReader ranges;
    private final CachingRangeReader catchUpRanges;
    private final PipelinedWalWriter writer;
    private final ReadServices reads;
    private final long stalledNanos;
    private final TierComponents tier;
    private final BrokerReferences references;
    private final SkipList skipped;

    /** Opens the S3 clients; no request is sent yet. */
    public BrokerComponents(BrokerSettings settings, MetricRegistry registry) {
        this(
                settings,
                registry,
                S3ObjectStore.open(settings.s3(), new StoreMetrics(registry, STORE_METRICS)),
                S3ObjectStore.open(settings.s3(), new StoreMetrics(registry, "narrows.store.catchup")),
                S3ObjectStore.open(settings.s3(), new StoreMetrics(registry, "narrows.store.copies")));
    }

    /** On given stores, which it then owns. */
    public BrokerComponents(
            BrokerSettings settings,
            MetricRegistry registry,
            ObjectStore store,
            ObjectStore catchUpStore,
            ObjectStore copyStore) {
        this.registry = registry;
        this.catchUpStore = catchUpStore;
        this.copyStore = copyStore;
        timer = new DefaultEventExecutor(new DefaultThreadFactory("narrows-timer", true));
        Loop loop = new NettyLoop(timer);
        // Only what someone waits for is hedged: catching up is a matter of throughput.
        this.store = new HedgingObjectStore(
                store, loop, new StoreMetrics(registry, STORE_METRICS), HedgingObjectStore.Policy.DEFAULT);
        storeCheck = new StoreCheck(
                this.store,
                new StoreMetrics(registry, STORE_METRICS),
                loop,
                settings.writerId(),
                Set.of(StoreOperation.PUT, StoreOperation.GET, StoreOperation.LIST, StoreOperation.DELETE));
        assembler =
                Executors.newFixedThreadPool(settings.read().threads(), new DefaultThreadFactory("narrows-read", true));
        ranges = reader(settings, settings.read().cacheBytes(), this.store, loop, "tail");
        catchUpRanges = reader(settings, settings.read().catchUpCacheBytes(), catchUpStore, loop, "catchup");
        writer = writer(settings, loop);
        references = new BrokerReferences(loop::nanoTime, settings.gc().graceMs());
        BrokerMetrics metrics = new BrokerMetrics(registry);
        stalledNanos = TimeUnit.MILLISECONDS.toNanos(settings.read().slowReaderTimeoutMs());
        skipped = new SkipList(
                new SkipBucket(catchUpStore),
                loop,
                new SkipList.Settings(
                        TimeUnit.MILLISECONDS.toNanos(settings.gc().intervalMs()) / SKIP_POLLS_PER_GC_ROUND,
                        new SecureRandom()::nextLong),
                metrics);
        reads = new ReadServices(
                ranges,
                catchUpRanges,
                new CatchUpReadThrottle(
                        settings.read().pace(), loop, () -> ProcessorLoad.now(loop::nanoTime), assembler, metrics),
                assembler,
                MemoryBudget.of(settings.read().memoryBytes()),
                loop,
                metrics);
        tier = new TierComponents(
                settings.tier(),
                new TierComponents.Stores(copyStore, catchUpStore),
                new TierComponents.Surroundings(loop, registry, ranges, getNanos(settings), skipped));
    }

    private static long getNanos(BrokerSettings settings) {
        return settings.s3().limits().callTimeout().toNanos() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_SLACK_MS);
    }

    private CachingRangeReader reader(
            BrokerSettings settings, long cacheBytes, ObjectStore from, Loop loop, String name) {
        RangeReaderLimits standard = RangeReaderLimits.withCache(cacheBytes);
        RangeReaderLimits limits = new RangeReaderLimits(
                cacheBytes,
                standard.inFlightBytes(),
                settings.read().getsInFlight(),
                standard.queuedGets(),
                RangeReaderLimits.Coalescing.at(settings.link().prices()),
                getNanos(settings));
        return new CachingRangeReader(from, limits, loop, new RangeMetrics(registry, name));
    }

    private PipelinedWalWriter writer(BrokerSettings settings, Loop loop) {
        BrokerSettings.Wal wal = settings.wal();
        WalWriterLimits limits = new WalWriterLimits(
                wal.putsInFlight(),
                wal.putsPerSecond(),
                wal.putsInFlight(),
                wal.putsInFlight(),
                TimeUnit.MILLISECONDS.toNanos(wal.putTimeoutMs()));
        long incarnation = Incarnation.fresh(loop.wallTimeMs(), new SecureRandom());
        return new PipelinedWalWriter(
                store,
                new PipelinedWalWriter.Identity(settings.writerId(), incarnation),
                limits,
                loop,
                new WalMetrics(registry));
    }

    /** The parts of a server on these components. */
    public BrokerParts parts(BrokerExtension extension) {
        return new BrokerParts(reads, stalledNanos, extension, tier.services(), references, skipped);
    }

    /** Links to skip; polls the bucket from the start. */
    public SkipList skipped() {
        return skipped;
    }

    /** Tries what the broker needs of the store; to be started with the broker. */
    public StoreCheck storeCheck() {
        return storeCheck;
    }

    public MetricRegistry registry() {
        return registry;
    }

    /** Reads what was written just now, with the cache that produce and fetch share. */
    public RangeReader ranges() {
        return ranges;
    }

    /** For work that no request waits for. */
    public ObjectStore backgroundStore() {
        return catchUpStore;
    }

    /** This start's writer. */
    public WalWriter writer() {
        return writer;
    }

    @Override
    public void close() {
        storeCheck.stop();
        skipped.close();
        writer.close();
        ranges.close();
        catchUpRanges.close();
        tier.close();
        store.close();
        catchUpStore.close();
        copyStore.close();
        assembler.shutdown();
        var unused = timer.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
