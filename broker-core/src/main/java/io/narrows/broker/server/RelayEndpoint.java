package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.append.KafkaAppendEngine;
import io.narrows.broker.relay.InlineStaging;
import io.narrows.broker.relay.LeaderIdentity;
import io.narrows.broker.relay.RelayService;
import io.narrows.broker.relay.RelaySettings;
import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.relay.rpc.RelayServer;
import io.narrows.relay.rpc.RelayServerSettings;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.server.BrokerServer;
import org.apache.kafka.network.SocketServerConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's relay listener with its threads. Started and closed by the thread that starts or stops the broker, which
 * waits for it. Owns the append engine.
 */
final class RelayEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayEndpoint.class);
    private static final long START_TIMEOUT_SECONDS = 10;
    /** What Kafka has not answered by then (followers that are away) is unknown to the proxy, as with a crash. */
    private static final long DRAIN_TIMEOUT_SECONDS = 3;

    private final KafkaAppendEngine engine;
    private final NioEventLoopGroup eventLoops;
    private final RelayService service;
    private final RelayServer server;
    private final InetSocketAddress address;

    /** What the relay works with beside the engine. */
    record Dependencies(RangeReader ranges, InlineStaging staging, MetricRegistry registry) {}

    private RelayEndpoint(
            BrokerServer broker, RelaySettings settings, KafkaAppendEngine engine, Dependencies dependencies) {
        int id = broker.config().nodeId();
        this.engine = engine;
        eventLoops = new NioEventLoopGroup(
                settings.networkThreads(), new DefaultThreadFactory("narrows-relay-net-" + id, true));
        RelayTls tls = RelayTls.of(broker.config(), settings.security());
        service = new RelayService(
                new LeaderIdentity(
                        broker.clusterId(),
                        id,
                        broker.config().rack().orElse(""),
                        settings.maxFrameBytes(),
                        broker.config().getInt(SocketServerConfigs.SOCKET_REQUEST_MAX_BYTES_CONFIG)),
                new RelayService.Limits(
                        settings.memoryBytes(), TimeUnit.MILLISECONDS.toNanos(settings.fetchTimeoutMs())),
                // One of the connections' loops: a loop of its own costs each batch two more changes of thread.
                new NettyLoop(eventLoops.next()),
                new RelayService.Dependencies(dependencies.ranges(), dependencies.staging(), engine, tls),
                dependencies.registry());
        server = new RelayServer(
                eventLoops,
                RelayServerSettings.defaults().with(tls.engines()),
                new RelayMetrics(dependencies.registry(), RelayMetrics.SERVER),
                service);
        address = awaited(server.listen(settings.listener()), settings);
    }

    @SuppressForbidden("the broker's start waits for its listener, as it does for Kafka's own")
    private static InetSocketAddress awaited(CompletableFuture<InetSocketAddress> bound, RelaySettings settings) {
        try {
            return bound.get(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the relay started", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(
                    "the relay cannot listen on " + settings.listener()
                            + "; set narrows.relay.listener to a free local address",
                    e);
        }
    }

    static RelayEndpoint start(
            BrokerServer broker, RelaySettings settings, KafkaAppendEngine engine, Dependencies dependencies) {
        RelayEndpoint endpoint = new RelayEndpoint(broker, settings, engine, dependencies);
        LOG.atInfo().addKeyValue("address", endpoint.address).log("Relay started");
        return endpoint;
    }

    InetSocketAddress address() {
        return address;
    }

    /** Waits for entries in flight up to a deadline, then closes the connections and the threads. */
    @Override
    public void close() {
        CountDownLatch drained = new CountDownLatch(1);
        CompletableFuture<Void> unused = service.drain().thenRun(drained::countDown);
        try {
            if (!drained.await(DRAIN_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                LOG.atWarn().log("Relay stopped with entries in flight in Kafka");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        CompletableFuture<Void> closed = server.close();
        // What the handler threads still answer goes to the loops.
        engine.close();
        CompletableFuture<Void> unusedStop = closed.whenComplete((done, failure) -> {
            var unusedLoops = eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        });
    }
}
