package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.append.BrokerStageTargets;
import io.narrows.broker.append.DirectStaging;
import io.narrows.broker.append.KafkaAppendEngine;
import io.narrows.broker.append.LinkMetrics;
import io.narrows.broker.config.BrokerSettings;
import io.narrows.broker.link.StagedPointers;
import io.narrows.broker.relay.RelaySettings;
import io.narrows.broker.replica.ClientBytes;
import io.narrows.broker.replica.FollowerFetchBatching;
import io.narrows.broker.replica.NarrowsReplicaManager;
import io.narrows.broker.stage.StageSettings;
import io.narrows.broker.stage.Stager;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.wal.WalWriter;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import kafka.server.ReplicaManager;
import org.jspecify.annotations.Nullable;

/**
 * What Narrows adds in front of a leader's log: the relay server and the staging of batches that arrive as bytes. Owns
 * their threads; the object store's parts belong to the caller. Called as {@link BrokerExtension} says.
 */
public final class LeaderExtension implements BrokerExtension {
    private final Settings settings;
    private final Dependencies dependencies;

    // Written once, by the thread that starts the broker.
    private volatile @Nullable Staging staging;
    private volatile @Nullable RelayEndpoint relay;

    /** How to serve proxies (null: not at all), how to stage, and how long fetches of followers wait. */
    public record Settings(@Nullable RelaySettings relay, StageSettings stage, FollowerFetchBatching.Waits followers) {}

    /** What reads and writes WAL objects, and where to count. */
    public record Dependencies(RangeReader ranges, WalWriter writer, MetricRegistry registry) {}

    public LeaderExtension(Settings settings, Dependencies dependencies) {
        this.settings = settings;
        this.dependencies = dependencies;
    }

    /** What the broker's settings say, on its components. */
    static LeaderExtension of(BrokerSettings settings, BrokerComponents components) {
        BrokerSettings.Relay relay = settings.relay();
        BrokerSettings.Wal wal = settings.wal();
        return new LeaderExtension(
                new Settings(
                        relay == null ? null : relay(relay),
                        new StageSettings(
                                settings.link().mode(),
                                settings.link().minBytes(),
                                new StageSettings.Window(wal.flushBytes(), wal.lingerMs()),
                                wal.putTimeoutMs(),
                                wal.bufferBytes(),
                                settings.link().prices()),
                        new FollowerFetchBatching.Waits(
                                settings.link().lingerMs(), settings.link().maxWaitAfterDataMs())),
                new Dependencies(components.ranges(), components.writer(), components.registry()));
    }

    private static RelaySettings relay(BrokerSettings.Relay relay) {
        return new RelaySettings(
                new InetSocketAddress(
                        relay.listener().getHostString(), relay.listener().getPort()),
                relay.memoryBytes(),
                relay.maxFrameBytes(),
                relay.handlerThreads(),
                relay.networkThreads(),
                relay.fetchTimeoutMs(),
                new RelaySettings.Security(relay.tls(), relay.allowedPrincipals()));
    }

    @Override
    public ReplicaManager replicaManager(BrokerContext broker, ReplicaManager stock) {
        Staging built = new Staging(broker, settings.stage(), dependencies);
        staging = built;
        return NarrowsReplicaManager.replacing(
                stock,
                broker.server(),
                new NarrowsReplicaManager.Dependencies(
                        built.direct,
                        built.clients,
                        new FollowerFetchBatching(
                                settings.followers(), broker.links().clock()),
                        broker.links().resolver().memory()));
    }

    @Override
    public void started(BrokerContext broker) {
        Staging present = staging;
        if (present == null || !(broker.server().replicaManager() instanceof NarrowsReplicaManager)) {
            throw new IllegalStateException(
                    "invariant violated: the broker does not use the replica manager of Narrows");
        }
        RelaySettings relaySettings = settings.relay();
        if (relaySettings != null) {
            relay = RelayEndpoint.start(
                    broker.server(),
                    relaySettings,
                    engine(broker, present, relaySettings),
                    new RelayEndpoint.Dependencies(dependencies.ranges(), present.stager, dependencies.registry()));
        }
    }

    /** Where the relay listens; null if it does not. */
    public @Nullable InetSocketAddress relayAddress() {
        RelayEndpoint present = relay;
        return present == null ? null : present.address();
    }

    @Override
    public void leadershipsMoved(BrokerContext broker) {
        Staging present = staging;
        if (present != null) {
            present.stager.close();
        }
        RelayEndpoint endpoint = relay;
        if (endpoint != null) {
            endpoint.close();
        }
    }

    @Override
    public void stopped(BrokerContext broker) {
        Staging present = staging;
        if (present != null) {
            present.close();
        }
    }

    private static KafkaAppendEngine engine(BrokerContext broker, Staging staging, RelaySettings settings) {
        return new KafkaAppendEngine(
                broker.server(), staging.stagedPointers, staging.metrics, settings.handlerThreads());
    }

    /** The stager with its threads. */
    private static final class Staging implements AutoCloseable {
        private final StagedPointers stagedPointers;
        private final LinkMetrics metrics;
        private final EventExecutor executor;
        private final ExecutorService resumer;
        private final Stager stager;
        private final DirectStaging direct;
        private final ClientBytes clients;

        private Staging(BrokerContext broker, StageSettings settings, Dependencies dependencies) {
            int id = broker.server().config().nodeId();
            stagedPointers = broker.links().staged();
            metrics = new LinkMetrics(dependencies.registry());
            executor = new DefaultEventExecutor(new DefaultThreadFactory("narrows-stage-" + id, true));
            resumer = Executors.newSingleThreadExecutor(new DefaultThreadFactory("narrows-resume-" + id, true));
            Loop loop = new NettyLoop(executor);
            stager = new Stager(
                    settings,
                    id,
                    loop,
                    new Stager.Dependencies(
                            dependencies.writer(), dependencies.ranges(), new BrokerStageTargets(broker.server())),
                    dependencies.registry());
            direct = new DirectStaging(stager, stagedPointers, metrics, resumer);
            clients = new ClientBytes(
                    dependencies.registry(), broker.server().config().rack().orElse(""));
        }

        @Override
        public void close() {
            stager.close();
            var unused = executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            resumer.shutdown();
        }
    }
}
