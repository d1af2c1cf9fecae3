package io.narrows.proxy;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.admin.ProxyCatalog;
import io.narrows.proxy.admin.ProxyStatus;
import io.narrows.proxy.api.ApiTable;
import io.narrows.proxy.api.PartitionGate;
import io.narrows.proxy.config.ProxyConfig;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.gateway.GatewaySettings;
import io.narrows.proxy.gateway.ZoneGateway;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.PartitionLayout;
import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.proxy.server.BrokerListeners;
import io.narrows.proxy.server.KafkaServer;
import io.narrows.proxy.server.Listener;
import io.narrows.proxy.zone.ClientZones;
import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.admin.AdminAccess;
import io.narrows.relay.admin.AdminServer;
import io.narrows.relay.admin.Readiness;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.metrics.ProcessMetrics;
import io.narrows.router.policy.PathMode;
import io.narrows.router.produce.RouterStatus;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running zone proxy. Owns every part of the process: event loops, object store, upstream, topology, router, server
 * and admin endpoint. {@link #start} and {@link #close} block their caller, which is no event loop; the rest may be
 * called from any thread.
 *
 * <pre>
 *   start: loops, produce stack, listeners, admin endpoint
 *   close: clients drain, router drains, admin endpoint, produce stack, loops
 * </pre>
 */
public final class ZoneProxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ZoneProxy.class);
    private static final long BIND_LIMIT_MS = 10_000;
    private static final long STATUS_LIMIT_MS = 2_000;
    private static final long FENCED_DRAIN_MS = 1_000;
    private static final long LOOPS_QUIET_MS = 50;
    private static final long LOOPS_LIMIT_MS = 5_000;

    private final ProxyConfig config;
    private final MetricRegistry metrics = new MetricRegistry();
    private final Readiness readiness = new Readiness();
    private final CompletableFuture<String> fenced;
    private final ClientMemory memory;
    private final NioEventLoopGroup routerLoop;
    private final NioEventLoopGroup clientLoops;
    private final ProduceStack stack;
    private final ClientZones zones;
    private final @Nullable ZoneGateway gateway;
    private final KafkaServer server;
    private final List<InetSocketAddress> bound = new ArrayList<>();
    private @Nullable AdminServer admin;
    private volatile State state = State.STARTING;

    private enum State {
        STARTING,
        SERVING,
        FENCED,
        DRAINING,
        CLOSED
    }

    private ZoneProxy(ProxyConfig config) {
        this.config = config;
        this.memory = new ClientMemory(config.server().memory());
        int threads = config.server().networkThreads();
        this.routerLoop = new NioEventLoopGroup(1, new DefaultThreadFactory("narrows-router"));
        this.clientLoops = new NioEventLoopGroup(
                threads > 0 ? threads : Math.max(2, Runtime.getRuntime().availableProcessors()),
                new DefaultThreadFactory("narrows-client"));
        this.stack = openStack();
        if (config.path().mode() != PathMode.DIRECT) {
            readiness.warning("store", stack.storeCheck::problem);
        }
        this.gateway = config.gateway().map(this::openGateway).orElse(null);
        this.zones = new ClientZones(config.clientZones(), metrics);
        ApiTable.Dependencies dependencies = new ApiTable.Dependencies(
                stack.topology,
                stack.upstream,
                stack.router,
                virtualCluster(),
                fetchSettings(),
                stack.loop,
                gateway == null ? PartitionGate.OPEN : gateway.gate(),
                config.clusterApis());
        ApiTable apis = new ApiTable(dependencies, zones);
        apis.register(metrics);
        this.server = new KafkaServer(new KafkaServer.Dependencies(
                clientLoops, clientLoops, apis, memory, metrics, config.server().limits()));
        registerGauges();
        registerConditions();
        this.fenced = stack.router.standings().fenced().whenComplete((why, unused) -> onFenced(why));
    }

    private ZoneGateway openGateway(GatewaySettings settings) {
        ProxyConfig.Identity identity = config.identity();
        ZoneGateway opened = new ZoneGateway(
                new ZoneGateway.Dependencies(
                        settings,
                        stack.loop,
                        stack.upstream,
                        stack.upstream.forClient(routerLoop.next(), "gateway"),
                        stack.topology,
                        stack.router::flush,
                        metrics),
                new ZoneGateway.Identity(
                        identity.writer(),
                        stack.incarnation,
                        BuildVersion.current(),
                        identity.nodeId(),
                        identity.nodes()),
                new Random(new SecureRandom().nextLong()));
        stack.router.producersMayHaveBatchesElsewhere(opened::mayOwnersBeLost);
        return opened;
    }

    private VirtualCluster virtualCluster() {
        ProxyConfig.Identity identity = config.identity();
        PartitionLayout alone =
                PartitionLayout.alone(new ProxyMember("", identity.nodeId(), identity.nodes(), Map.of()));
        return new VirtualCluster(
                new VirtualCluster.Proxies(gateway == null ? () -> alone : gateway::layout, this::topicName),
                identity.zone(),
                identity.severalNodesFor());
    }

    private @Nullable String topicName(Uuid id) {
        TopicView topic = stack.topology
                .view()
                .topicsById()
                .get(new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits()));
        return topic == null ? null : topic.name();
    }

    /** No answer is so large that a client that has read the one before would count as slow. */
    private FetchSettings fetchSettings() {
        long pending = config.server().limits().session().maxPendingWriteBytes();
        return new FetchSettings(
                config.identity().zone(),
                (int) Math.max(1, Math.min(FetchSettings.DEFAULT_MAX_BYTES, pending / 2)),
                config.server().fetchSessions());
    }

    private ProduceStack openStack() {
        try {
            return ProduceStack.open(config, routerLoop.next(), metrics);
        } catch (RuntimeException e) {
            shutDownLoops();
            throw e;
        }
    }

    private void registerGauges() {
        Gauge<Long> used = memory::usedBytes;
        Gauge<Long> limit = memory::limitBytes;
        Gauge<Integer> waiting = memory::waiting;
        metrics.register("narrows.proxy.memory.used.bytes", used);
        metrics.register("narrows.proxy.memory.limit.bytes", limit);
        metrics.register("narrows.proxy.memory.waiting", waiting);
        Gauge<Integer> clients = memory::activeClients;
        metrics.register("narrows.proxy.memory.clients", clients);
        Gauge<Long> fetched = stack.fetchMemory::usedBytes;
        Gauge<Integer> fetchesWaiting = stack.fetchMemory::waiting;
        Gauge<Integer> fetchingClients = stack.fetchMemory::activeClients;
        metrics.register("narrows.proxy.fetch.memory.used.bytes", fetched);
        metrics.register("narrows.proxy.fetch.memory.waiting", fetchesWaiting);
        metrics.register("narrows.proxy.fetch.memory.clients", fetchingClients);
        ProxyConfig.Identity identity = config.identity();
        ProcessMetrics.info(metrics, "proxy", identity.zone(), identity.writer());
        ZoneTraffic.register(metrics, identity.zone());
    }

    /**
     * Starts a proxy and returns once its listeners are bound; the cluster may be found later. Throws
     * {@link IllegalStateException} when an address cannot be bound.
     */
    public static ZoneProxy start(ProxyConfig config) {
        ZoneProxy proxy = new ZoneProxy(config);
        try {
            proxy.bind();
        } catch (RuntimeException e) {
            proxy.close();
            throw e;
        }
        proxy.serving();
        LOG.atInfo()
                .addKeyValue("zone", config.identity().zone())
                .addKeyValue("writer", config.identity().writer())
                .addKeyValue("incarnation", proxy.stack.incarnation)
                .addKeyValue("version", BuildVersion.current())
                .log("Zone proxy started");
        return proxy;
    }

    private void serving() {
        if (!fenced.isDone()) {
            state = State.SERVING;
        }
    }

    private void bind() {
        List<Listener> withBrokers = new ArrayList<>();
        for (Listener listener : config.listeners()) {
            InetSocketAddress address = await(server.bind(listener), BIND_LIMIT_MS);
            bound.add(address);
            if (listener.brokerPorts().base() > 0) {
                withBrokers.add(listener.boundTo(address.getPort()));
            }
        }
        new BrokerListeners(
                        server,
                        stack.loop,
                        () -> stack.topology.view().brokers().keySet(),
                        withBrokers)
                .start();
        if (gateway != null) {
            gateway.start(advertised());
        }
        config.server().admin().ifPresent(this::startAdmin);
    }

    private void startAdmin(ProxyConfig.AdminSettings settings) {
        try {
            admin = AdminServer.start(
                    settings.address(),
                    new AdminServer.Sources(
                            metrics,
                            ProxyCatalog.CATALOG,
                            this::notReady,
                            this::warnings,
                            () -> status().thenApply(ProxyStatus::json)),
                    new AdminAccess(
                            settings.tls().map(IncomingTls::of).orElse(null), settings.token(), settings.openPaths()));
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot listen on " + settings.address() + " (admin.listener): " + e.getMessage(), e);
        }
    }

    private Map<String, Endpoint> advertised() {
        Map<String, Endpoint> endpoints = new HashMap<>();
        for (int i = 0; i < bound.size(); i++) {
            Listener listener = config.listeners().get(i);
            endpoints.put(
                    listener.name(),
                    listener.advertisedAt(listener.host(), bound.get(i).getPort()));
        }
        return endpoints;
    }

    /** The port of the first listener. */
    public int port() {
        return bound.get(0).getPort();
    }

    /** The port of the admin endpoint; -1 when there is none. */
    public int adminPort() {
        return admin == null ? -1 : admin.port();
    }

    public MetricRegistry metrics() {
        return metrics;
    }

    private void registerConditions() {
        readiness.check(
                "proxy", () -> state == State.SERVING ? "" : state.name().toLowerCase(Locale.ROOT));
        readiness.check("cluster", this::clusterNotReady);
        readiness.check("relay", stack.router.standings()::notReady);
        if (gateway != null) {
            readiness.check("gateway", gateway::notReady);
        }
    }

    private String clusterNotReady() {
        ClusterView view = stack.topology.view();
        if (view.brokers().isEmpty()) {
            return "no response from any broker yet";
        }
        return view.brokers().values().stream().noneMatch(broker -> broker.relay() instanceof RelayEndpoint.At)
                ? "no broker has a relay endpoint"
                : "";
    }

    /** Why the proxy is not ready to serve, by name; each component adds its own. */
    public Readiness readiness() {
        return readiness;
    }

    /** Empty when the proxy is ready to serve, otherwise why it is not. */
    public String notReady() {
        return readiness.text();
    }

    private void onFenced(String why) {
        if (state == State.STARTING || state == State.SERVING) {
            state = State.FENCED;
        }
        LOG.atError()
                .addKeyValue("writer", config.identity().writer())
                .addKeyValue("incarnation", stack.incarnation)
                .addKeyValue("reason", why)
                .log("Proxy is fenced: leaders accept batches only from the newest process with its writer.id."
                        + " Give each proxy a unique writer.id");
    }

    /**
     * Completes, with the reason, when leaders have told that another process with this writer.id has started later. This
     * one cannot serve any more: its owner closes it.
     */
    public CompletableFuture<String> fenced() {
        return fenced.copy();
    }

    /** What is wrong although the proxy may be ready. */
    public List<Readiness.Reason> warnings() {
        return readiness.warnings();
    }

    /** Completes within two seconds. */
    public CompletableFuture<ProxyStatus> status() {
        return stack.router
                .status()
                .orTimeout(STATUS_LIMIT_MS, TimeUnit.MILLISECONDS)
                .handle((router, failure) -> status(router));
    }

    private ProxyStatus status(@Nullable RouterStatus router) {
        ClusterView view = stack.topology.view();
        List<ProxyStatus.Broker> brokers = view.brokers().values().stream()
                .sorted(Comparator.comparingInt(Broker::id))
                .map(ZoneProxy::brokerStatus)
                .toList();
        return new ProxyStatus(
                BuildVersion.current(),
                state.name(),
                notReady().isEmpty(),
                readiness.reasons(),
                warnings(),
                new ProxyStatus.Identity(
                        config.identity().zone(),
                        config.identity().nodeId(),
                        config.identity().writer(),
                        stack.incarnation),
                bound.stream().map(InetSocketAddress::toString).toList(),
                new ProxyStatus.Topology(
                        view.clusterId(),
                        view.controllerId(),
                        brokers,
                        view.topicsByName().size()),
                new ProxyStatus.Clients(
                        server.connections(),
                        memory.usedBytes(),
                        memory.limitBytes(),
                        memory.waiting(),
                        zones.status()),
                router,
                gateway == null ? null : gateway.status());
    }

    private static ProxyStatus.Broker brokerStatus(Broker broker) {
        InetSocketAddress relay = broker.relay() instanceof RelayEndpoint.At at ? at.address() : null;
        return new ProxyStatus.Broker(
                broker.id(),
                broker.host(),
                broker.port(),
                broker.zone(),
                relay == null ? null : relay.getHostString() + ":" + relay.getPort());
    }

    /**
     * Leaves the gateway, if there is one, then takes no more requests and completes when those in flight are answered,
     * or the drain time limit has passed.
     */
    public CompletableFuture<Void> drain() {
        if (state == State.CLOSED) {
            return CompletableFuture.completedFuture(null);
        }
        // Nothing of a fenced proxy reaches a leader any more.
        long limitMs = fenced.isDone()
                ? Math.min(FENCED_DRAIN_MS, config.server().drainTimeoutMs())
                : config.server().drainTimeoutMs();
        state = State.DRAINING;
        CompletableFuture<Void> left =
                gateway == null ? CompletableFuture.completedFuture(null) : gateway.drain(limitMs);
        return left.thenCompose(unused -> server.drain(limitMs))
                .thenCompose(unused -> stack.router.drain(TimeUnit.MILLISECONDS.toNanos(limitMs)))
                .thenAccept(finished ->
                        LOG.atInfo().addKeyValue("finished", finished).log("Proxy drained"));
    }

    @Override
    public synchronized void close() {
        if (state == State.CLOSED) {
            return;
        }
        try {
            Void unused = await(drain(), 3 * config.server().drainTimeoutMs() + BIND_LIMIT_MS);
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("Drain failed, closing the proxy");
        }
        state = State.CLOSED;
        if (admin != null) {
            admin.close();
        }
        if (gateway != null) {
            gateway.close();
        }
        stack.close();
        shutDownLoops();
        LOG.atInfo().log("Zone proxy stopped");
    }

    private void shutDownLoops() {
        for (NioEventLoopGroup loops : List.of(clientLoops, routerLoop)) {
            boolean unused = loops.shutdownGracefully(LOOPS_QUIET_MS, LOOPS_LIMIT_MS, TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly(2 * LOOPS_LIMIT_MS);
        }
    }

    @SuppressForbidden("the edge of the process: its main thread waits for start and stop")
    private static <T> T await(CompletableFuture<T> future, long limitMs) {
        try {
            return future.get(limitMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof IllegalStateException known ? known : new IllegalStateException(cause);
        } catch (TimeoutException e) {
            throw new IllegalStateException("deadline of " + limitMs + " ms exceeded", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
