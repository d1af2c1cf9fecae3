package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.TierSettings;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.CatchUpReadThrottle;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.tier.TierComponents;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.store.ObjectStore;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The parts of test brokers on one store, each broker with a range reader and metrics of its own. */
public final class TestParts implements AutoCloseable {
    /** Small parts, so that a segment of Kafka's smallest size has several. */
    private static final TierSettings TIER =
            new TierSettings(1 << 20, 16 << 20, 4 << 20, 1L << 30, 60_000, TierSettings.DEFAULT.roll());

    private final ObjectStore store;
    private final DefaultEventExecutor executor = new DefaultEventExecutor();
    private final DefaultEventExecutor storeThread = new DefaultEventExecutor();
    final Map<Integer, TestRangeReader> ranges = new ConcurrentHashMap<>();
    final Map<Integer, TierComponents> tiers = new ConcurrentHashMap<>();
    final Map<Integer, BrokerMetrics> metrics = new ConcurrentHashMap<>();

    public TestParts(ObjectStore store) {
        this.store = store;
    }

    public BrokerParts of(int brokerId) {
        TestRangeReader reader = ranges.computeIfAbsent(brokerId, id -> new TestRangeReader(store, storeThread));
        BrokerMetrics counters = metrics.computeIfAbsent(brokerId, id -> new BrokerMetrics(new MetricRegistry()));
        NettyLoop loop = new NettyLoop(executor);
        TierComponents tier = tiers.computeIfAbsent(
                brokerId,
                id -> new TierComponents(
                        TIER,
                        new TierComponents.Stores(store, store),
                        new TierComponents.Surroundings(
                                loop, counters.registry(), reader, TimeUnit.SECONDS.toNanos(5))));
        return new BrokerParts(
                new ReadServices(
                        reader,
                        reader,
                        CatchUpReadThrottle.unlimited(loop, counters),
                        executor,
                        MemoryBudget.of(8 << 20),
                        loop,
                        counters),
                new TestStager(store),
                tier.services());
    }

    public long count(int brokerId, String name) {
        return metrics.get(brokerId)
                .registry()
                .counter(BrokerMetrics.PREFIX + name)
                .getCount();
    }

    long countAll(String name) {
        return metrics.keySet().stream().mapToLong(id -> count(id, name)).sum();
    }

    /** Counts of {@code narrows.tier.*} over all brokers. */
    long countTier(String name) {
        return metrics.values().stream()
                .mapToLong(
                        each -> each.registry().counter("narrows.tier." + name).getCount())
                .sum();
    }

    public void forgetAll() {
        ranges.values().forEach(TestRangeReader::forget);
    }

    @Override
    public void close() {
        tiers.values().forEach(TierComponents::close);
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        storeThread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
