package io.narrows.broker.kafka;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.BrokerMetrics;
import io.narrows.broker.BrokerParts;
import io.narrows.broker.read.ReadServices;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.store.ObjectStore;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The parts of test brokers on one store, each broker with a range reader and metrics of its own. */
final class TestParts implements AutoCloseable {
    private final ObjectStore store;
    private final DefaultEventExecutor executor = new DefaultEventExecutor();
    private final DefaultEventExecutor storeThread = new DefaultEventExecutor();
    final Map<Integer, TestRangeReader> ranges = new ConcurrentHashMap<>();
    final Map<Integer, BrokerMetrics> metrics = new ConcurrentHashMap<>();

    TestParts(ObjectStore store) {
        this.store = store;
    }

    BrokerParts of(int brokerId) {
        TestRangeReader reader = ranges.computeIfAbsent(brokerId, id -> new TestRangeReader(store, storeThread));
        BrokerMetrics counters = metrics.computeIfAbsent(brokerId, id -> new BrokerMetrics(new MetricRegistry()));
        return new BrokerParts(
                new ReadServices(reader, reader, executor, MemoryBudget.of(8 << 20), new NettyLoop(executor), counters),
                new TestStager(store));
    }

    long count(int brokerId, String name) {
        return metrics.get(brokerId)
                .registry()
                .counter(BrokerMetrics.PREFIX + name)
                .getCount();
    }

    long countAll(String name) {
        return metrics.keySet().stream().mapToLong(id -> count(id, name)).sum();
    }

    void forgetAll() {
        ranges.values().forEach(TestRangeReader::forget);
    }

    @Override
    public void close() {
        executor.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
        storeThread.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
    }
}
