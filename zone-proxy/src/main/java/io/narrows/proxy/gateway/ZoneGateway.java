package io.narrows.proxy.gateway;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.api.PartitionGate;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.PartitionLayout;
import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.relay.loop.Loop;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.Upstream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This proxy's part in the gateway of its zone: what clients see, which batches it takes, and its membership in the
 * group. Any thread; the membership is owned by the router's loop.
 */
public final class ZoneGateway {
    private static final Logger LOG = LoggerFactory.getLogger(ZoneGateway.class);

    /**
     * How long a proxy that others have taken over from goes on answering, so that clients with a long poll in flight hear
     * that they are to look elsewhere: twice the default of consumers' max wait.
     */
    private static final long FAREWELL_MS = 1_000;

    /** A proxy that has found no group after so many session timeouts is ready to serve alone. */
    private static final int SESSIONS_BEFORE_ALONE = 2;

    private final Dependencies dependencies;
    private final Identity identity;
    private final Random random;
    private final GatewayMetrics metrics;
    private final PartitionOwnership handover;
    private volatile boolean mayBeAlone;

    /** Set and used by the loop. */
    private @Nullable GroupMember member;

    /**
     * What the gateway works with; the caller owns the loop and the upstream, this class closes {@code own}.
     *
     * @param flush sends on what this proxy has taken and holds; runs on the loop
     */
    public record Dependencies(
            GatewaySettings settings,
            Loop loop,
            Upstream upstream,
            ClientUpstream own,
            Topology topology,
            Runnable flush,
            MetricRegistry metrics) {}

    /** Who this proxy is; {@code nodeId} is the first of the {@code nodes} that it wants to be for clients. */
    public record Identity(String proxyId, long incarnation, String version, int nodeId, int nodes) {
        ProxyMember member(Map<String, Endpoint> endpoints) {
            return new ProxyMember(proxyId, nodeId, nodes, endpoints);
        }
    }

    /** {@code random} is used by the loop. */
    public ZoneGateway(Dependencies dependencies, Identity identity, Random random) {
        this.dependencies = dependencies;
        this.identity = identity;
        this.random = random;
        this.metrics = new GatewayMetrics(dependencies.metrics());
        this.handover = new PartitionOwnership(identity.member(Map.of()), metrics);
        handover.onHandOver(dependencies.flush());
        metrics.register(new GatewayMetrics.Gauges(
                () -> handover.layout().members().size(),
                this::epoch,
                () -> awaited().size(),
                () -> count(true)));
    }

    /** What clients see now. */
    public PartitionLayout layout() {
        return handover.layout();
    }

    public PartitionGate gate() {
        return handover;
    }

    /**
     * Whether a producer that comes may have batches in flight at another proxy that no proxy has waited for. On the router's
     * loop.
     */
    public boolean mayOwnersBeLost() {
        GroupMember joining = member;
        return joining == null || joining.mayOwnersBeLost();
    }

    /** Begins to join; {@code endpoints} are the advertised addresses by name of the listener. */
    public void start(Map<String, Endpoint> endpoints) {
        ProxyMember self = identity.member(endpoints);
        dependencies.loop().execute(() -> {
            handover.serveAlone(self);
            GroupMember joining = new GroupMember(new GroupMember.Dependencies(
                    dependencies.settings(),
                    new GroupMember.Identity(self, identity.incarnation(), identity.version()),
                    dependencies.loop(),
                    new GroupCalls(
                            dependencies.settings().groupId(),
                            dependencies.loop(),
                            dependencies.upstream(),
                            dependencies.own()),
                    handover,
                    metrics,
                    random));
            member = joining;
            joining.start();
            Loop.Timer unused = dependencies
                    .loop()
                    .schedule(
                            SESSIONS_BEFORE_ALONE
                                    * TimeUnit.MILLISECONDS.toNanos(
                                            dependencies.settings().sessionTimeoutMs()),
                            () -> mayBeAlone = true);
        });
    }

    /** Empty when this proxy has its place in the group, or has stopped waiting for one. */
    public String notReady() {
        return handover.plan() == null && !mayBeAlone ? "joining the gateway of the zone" : "";
    }

    /**
     * Hands all partitions over and leaves the group; completes when others have them and clients could hear of it, when
     * there is no other proxy, or after the time limit.
     */
    public CompletableFuture<Void> drain(long limitMs) {
        CompletableFuture<Void> drained = new CompletableFuture<>();
        dependencies.loop().execute(() -> {
            GroupMember leaving = member;
            if (leaving == null) {
                drained.complete(null);
                return;
            }
            CompletableFuture<?> unused = leaving.drain()
                    .orTimeout(limitMs, TimeUnit.MILLISECONDS)
                    .whenComplete((done, failure) -> {
                        if (failure != null) {
                            LOG.atWarn()
                                    .addKeyValue("limitMs", limitMs)
                                    .log(
                                            "Drain deadline exceeded, leaving the gateway with partitions not handed over");
                        }
                        dependencies.loop().execute(() -> sayFarewell(leaving, drained));
                    });
        });
        return drained;
    }

    private void sayFarewell(GroupMember leaving, CompletableFuture<Void> said) {
        if (layout().isWithoutSelf()) {
            Loop.Timer unused = dependencies
                    .loop()
                    .schedule(TimeUnit.MILLISECONDS.toNanos(FAREWELL_MS), () -> leave(leaving, said));
        } else {
            said.complete(null);
        }
    }

    private static void leave(GroupMember leaving, CompletableFuture<Void> said) {
        CompletableFuture<?> unused = leaving.leave().whenComplete((done, failure) -> said.complete(null));
    }

    /** Leaves the group if it has not; on the loop's thread or before its end. */
    public void close() {
        dependencies.loop().execute(() -> {
            GroupMember leaving = member;
            if (leaving == null) {
                dependencies.own().close();
            } else {
                leaving.close();
            }
        });
    }

    public GatewayStatus status() {
        return new GatewayStatus(
                dependencies.settings().groupId(),
                handover.plan() == null,
                epoch(),
                layout().members().stream().map(ZoneGateway::status).toList(),
                awaited(),
                (int) count(false),
                (int) count(true));
    }

    private static GatewayStatus.Member status(ProxyMember member) {
        return new GatewayStatus.Member(
                member.id(),
                member.firstNodeId(),
                member.nodes(),
                member.endpoints().entrySet().stream()
                        .map(listener -> listener.getKey() + "://" + listener.getValue())
                        .sorted()
                        .toList());
    }

    private long epoch() {
        Assignment plan = handover.plan();
        return plan == null ? 0 : plan.epoch();
    }

    private List<String> awaited() {
        Assignment plan = handover.plan();
        return plan == null ? List.of() : plan.awaited();
    }

    private long count(boolean ownedOnly) {
        long count = 0;
        for (TopicView topic : dependencies.topology().view().topicsByName().values()) {
            for (PartitionView partition : topic.partitions()) {
                if (!ownedOnly || handover.owns(topic.name(), partition.partition())) {
                    count++;
                }
            }
        }
        return count;
    }
}
