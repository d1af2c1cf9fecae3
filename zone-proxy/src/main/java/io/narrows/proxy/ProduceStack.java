package io.narrows.proxy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.config.ProxyConfig;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.rpc.RelayClient;
import io.narrows.relay.rpc.RelayClientSettings;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.relay.store.HedgingObjectStore;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.StoreCheck;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.relay.store.StoreOperation;
import io.narrows.relay.wal.FlushWindow;
import io.narrows.relay.wal.Incarnation;
import io.narrows.relay.wal.PipelinedWalWriter;
import io.narrows.relay.wal.WalMetrics;
import io.narrows.relay.wal.WalWriterLimits;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.PathPolicy;
import io.narrows.router.policy.StoreCircuitBreaker;
import io.narrows.router.produce.RelayProduceRouter;
import io.narrows.router.produce.RouterConfig;
import io.narrows.router.produce.RouterDependencies;
import io.narrows.router.topology.ClusterTopology;
import io.narrows.router.topology.TopologyMetrics;
import io.narrows.router.topology.TopologySettings;
import io.narrows.router.upstream.NettyUpstream;
import io.narrows.router.upstream.UpstreamSettings;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Everything between the server and the brokers: object store, WAL writer, upstream, topology, relay, router. Owns them
 * all; they live on the router's loop, which the caller owns.
 */
final class ProduceStack implements AutoCloseable {
    private static final int HEALTH_FAILURES = 3;
    private static final long MIN_HEALTH_PAUSE_MS = 1_000;
    private static final long MAX_HEALTH_PAUSE_MS = 30_000;
    private static final int MAX_WINDOW_ITEMS = 16_384;
    private static final long MAX_WINDOW_WAIT_MS = 500;
    private static final int WINDOW_BOUND_FACTOR = 4;
    /** Of a response beside the batch. */
    private static final int RESPONSE_SLACK_BYTES = 1 << 20;

    private static final String STORE_METRICS = "s3";

    final long incarnation;
    final Loop loop;
    final ClientMemory fetchMemory;
    final NettyUpstream upstream;
    final ClusterTopology topology;
    final RelayProduceRouter router;
    final StoreCheck storeCheck;
    private final ObjectStore store;
    private final PipelinedWalWriter writer;

    private ProduceStack(ProxyConfig config, EventLoop eventLoop, MetricRegistry metrics) {
        SecureRandom random = new SecureRandom();
        this.loop = new NettyLoop(eventLoop);
        this.incarnation = Incarnation.fresh(loop.wallTimeMs(), random);
        StoreMetrics storeMetrics = new StoreMetrics(metrics, STORE_METRICS);
        this.store = new HedgingObjectStore(
                S3ObjectStore.open(config.s3(), storeMetrics), loop, storeMetrics, HedgingObjectStore.Policy.DEFAULT);
        this.storeCheck =
                new StoreCheck(store, storeMetrics, loop, config.identity().writer(), Set.of(StoreOperation.PUT));
        this.writer = new PipelinedWalWriter(
                store,
                new PipelinedWalWriter.Identity(config.identity().writer(), incarnation),
                writerLimits(config),
                loop,
                new WalMetrics(metrics));
        this.fetchMemory = new ClientMemory(config.server().fetchMemory());
        this.upstream = new NettyUpstream(
                eventLoop, upstreamSettings(config), metrics, fetchMemory, new Random(random.nextLong()));
        this.topology = new ClusterTopology(
                loop,
                upstream,
                upstream,
                TopologySettings.defaults(config.relay().endpoints()),
                new TopologyMetrics(metrics));
        RelayClient relay =
                new RelayClient(eventLoop, relaySettings(config), new RelayMetrics(metrics, RelayMetrics.CLIENT));
        this.router = RelayProduceRouter.create(
                routerConfig(config, incarnation),
                new RouterDependencies(
                        loop,
                        topology,
                        writer,
                        relay,
                        MemoryBudget.of(Long.MAX_VALUE),
                        metrics,
                        new Random(random.nextLong())));
    }

    /** Opens everything and begins to look for the cluster. */
    static ProduceStack open(ProxyConfig config, EventLoop eventLoop, MetricRegistry metrics) {
        ProduceStack stack = new ProduceStack(config, eventLoop, metrics);
        stack.topology.start();
        stack.router.keepConnected();
        if (config.path().mode() != PathMode.DIRECT) {
            stack.storeCheck.start();
        }
        return stack;
    }

    /** Users before what they use. */
    @Override
    public void close() {
        storeCheck.stop();
        router.close();
        topology.close();
        upstream.close();
        writer.close();
        store.close();
    }

    private static WalWriterLimits writerLimits(ProxyConfig config) {
        ProxyConfig.PathSettings.Flush flush = config.path().flush();
        return new WalWriterLimits(
                flush.putsInFlight(),
                flush.putsPerSecond(),
                flush.putsInFlight(),
                flush.putsInFlight(),
                config.s3().limits().callTimeout().toNanos());
    }

    private static UpstreamSettings upstreamSettings(ProxyConfig config) {
        UpstreamSettings defaults = UpstreamSettings.defaults(
                config.upstream().bootstrapServers(), config.identity().zone(), null);
        return new UpstreamSettings(
                defaults.bootstrap(),
                defaults.zone(),
                defaults.connectTimeoutMs(),
                config.server().requestTimeoutMs(),
                defaults.reconnect(),
                defaults.maxWaitingRequests(),
                // What could be written as one batch can be fetched again.
                (int) Math.max(
                        defaults.maxResponseBytes(),
                        Math.min(
                                Integer.MAX_VALUE,
                                (long) config.server().limits().maxRequestBytes() + RESPONSE_SLACK_BYTES)),
                OutgoingTls.of(config.upstream().kafkaTls(), config.upstream().ssl()));
    }

    private static RelayClientSettings relaySettings(ProxyConfig config) {
        RelayClientSettings defaults = RelayClientSettings.defaults();
        return new RelayClientSettings(
                defaults.connectTimeoutMs(),
                defaults.helloTimeoutMs(),
                defaults.pingIntervalMs(),
                defaults.deadPeerMs(),
                config.relay().compression(),
                OutgoingTls.of(config.upstream().relayTls(), config.upstream().ssl()));
    }

    private static RouterConfig routerConfig(ProxyConfig config, long incarnation) {
        ProxyConfig.PathSettings path = config.path();
        ProxyConfig.PathSettings.Flush flush = path.flush();
        RouterConfig.Limits defaults = RouterConfig.Limits.DEFAULT;
        return new RouterConfig(
                new RouterConfig.Identity(
                        config.identity().zone(),
                        config.identity().writer(),
                        incarnation,
                        "narrows-proxy/" + BuildVersion.current()),
                new PathPolicy.Settings(
                        path.mode(),
                        path.prices(),
                        config.identity().zone(),
                        path.usage(),
                        TimeUnit.MILLISECONDS.toNanos(flush.lingerMs()),
                        path.bypassShare()),
                new StoreCircuitBreaker.Settings(
                        TimeUnit.MILLISECONDS.toNanos(path.s3LatencyBoundMs()),
                        HEALTH_FAILURES,
                        TimeUnit.MILLISECONDS.toNanos(MIN_HEALTH_PAUSE_MS),
                        TimeUnit.MILLISECONDS.toNanos(MAX_HEALTH_PAUSE_MS)),
                new FlushWindow.Limits(
                        flush.bytes(),
                        (long) WINDOW_BOUND_FACTOR * flush.bytes(),
                        MAX_WINDOW_ITEMS,
                        TimeUnit.MILLISECONDS.toNanos(MAX_WINDOW_WAIT_MS),
                        RouterConfig.QUIET_NANOS),
                new RouterConfig.Limits(
                        TimeUnit.MILLISECONDS.toNanos(config.server().requestTimeoutMs()),
                        defaults.deadlineMarginNanos(),
                        flush.laneMaxInFlight(),
                        defaults.stallNanos(),
                        defaults.frameBytes()));
    }
}
