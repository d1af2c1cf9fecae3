package io.narrows.broker.tier;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.BrokerConfig;
import io.narrows.broker.config.BrokerSettings;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.StoreMetrics;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** The services of a storage manager that runs as a plugin, with clients and threads of its own. */
final class OwnServices implements AutoCloseable {
    private final S3ObjectStore copies;
    private final S3ObjectStore reads;
    private final DefaultEventExecutor timer;
    private final TierComponents components;

    private OwnServices(BrokerSettings settings) {
        MetricRegistry registry = new MetricRegistry();
        copies = S3ObjectStore.open(settings.s3(), new StoreMetrics(registry, "narrows.store.copies"));
        reads = S3ObjectStore.open(settings.s3(), new StoreMetrics(registry, "narrows.store.catchup"));
        timer = new DefaultEventExecutor(new DefaultThreadFactory("narrows-tier", true));
        components = new TierComponents(
                settings.tier(),
                new TierComponents.Stores(copies, reads),
                new TierComponents.Surroundings(
                        new NettyLoop(timer),
                        registry,
                        null,
                        settings.s3().limits().callTimeout().toNanos()));
    }

    /** From {@code narrows.s3.*} and {@code narrows.tier.*} keys; throws a ConfigException that says what is missing. */
    static OwnServices open(Map<String, ?> configs) {
        Properties properties = new Properties();
        configs.forEach((key, value) -> {
            if (key.startsWith("narrows.") && value != null) {
                properties.put(key, value.toString());
            }
        });
        return new OwnServices(BrokerConfig.parse(properties));
    }

    TierServices services() {
        return components.services();
    }

    @Override
    public void close() {
        components.close();
        copies.close();
        reads.close();
        var unused = timer.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
