package io.narrows.proxy.api;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.fetch.ClientFetcher;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.proxy.share.ShareCapacity;
import io.narrows.proxy.share.ShareFetcher;
import io.narrows.proxy.zone.ClientZone;
import io.narrows.proxy.zone.ClientZones;
import io.narrows.proxy.zone.ZoneRules;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.router.produce.ProduceRouter;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import io.narrows.router.upstream.Upstream.VersionRange;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** All APIs that the proxy serves. Immutable; any thread. */
public final class ApiTable {
    public static final String FETCH_SESSIONS = "narrows.proxy.fetch.sessions";
    public static final String FETCH_SESSION_PARTITIONS = "narrows.proxy.fetch.session.partitions";
    public static final String FETCH_SESSION_EVICTIONS = "narrows.proxy.fetch.session.evictions";

    private final Map<ApiKeys, Api> shared = new EnumMap<>(ApiKeys.class);
    private final Dependencies dependencies;
    private final ClientZones zones;
    private final ProduceRouter router;
    private final ProduceApi.Dependencies produce;
    private final Upstream upstream;
    private final ConnectionApis own;
    private final Random random = new SecureRandom();
    private final ShareCapacity shareCapacity = new ShareCapacity();
    private final FetchSessions sessions;
    private final AtomicInteger turns = new AtomicInteger();

    /** What the APIs work with; the caller owns and closes it. */
    public record Dependencies(
            Topology topology,
            Upstream upstream,
            ProduceRouter router,
            VirtualCluster cluster,
            FetchSettings fetch,
            Loop routerLoop,
            PartitionGate gate,
            ClusterApis clusterApis) {
        /** Of a proxy that is alone and denies its clients to change the cluster. */
        public Dependencies(
                Topology topology,
                Upstream upstream,
                ProduceRouter router,
                VirtualCluster cluster,
                FetchSettings fetch,
                Loop routerLoop) {
            this(topology, upstream, router, cluster, fetch, routerLoop, PartitionGate.OPEN, ClusterApis.NONE_ALLOWED);
        }
    }

    /** Without detection of client zones. */
    public ApiTable(Dependencies dependencies) {
        this(dependencies, new ClientZones(ZoneRules.none(dependencies.fetch().zone()), new MetricRegistry()));
    }

    public ApiTable(Dependencies dependencies, ClientZones zones) {
        this.dependencies = dependencies;
        this.zones = zones;
        this.router = dependencies.router();
        this.produce = new ProduceApi.Dependencies(
                dependencies.topology(), new ProduceResponses(dependencies.cluster()), dependencies.gate());
        this.upstream = dependencies.upstream();
        this.sessions = new FetchSessions(dependencies.fetch().sessions(), random);
        Coordinators coordinators = new Coordinators(upstream, dependencies.routerLoop());
        this.own =
                new ConnectionApis(dependencies.topology(), upstream, coordinators, dependencies.cluster(), sessions);
        LeaderApi.Sender sender = ConnectionApis.shared(upstream);
        List<Api> apis = List.of(
                new MetadataApi(upstream, dependencies.topology(), dependencies.cluster(), dependencies.routerLoop()),
                new PassThroughApi(
                        ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                        (call, client) -> upstream.send(
                                new AnyBroker(), call.key(), call.version(), call.clientId(), call.message()),
                        Errors.LEADER_NOT_AVAILABLE),
                new DescribeClusterApi(upstream, dependencies.cluster()),
                new FindCoordinatorApi(upstream, coordinators, dependencies.cluster()),
                new LeaderApi<>(
                        ApiKeys.OFFSET_FOR_LEADER_EPOCH, dependencies.topology(), sender, new LeaderEpochParts()),
                new LeaderApi<>(
                        ApiKeys.DESCRIBE_PRODUCERS, dependencies.topology(), sender, new DescribeProducersParts()),
                new AllBrokersApi(ApiKeys.LIST_GROUPS, upstream, dependencies.topology()),
                new AllBrokersApi(ApiKeys.LIST_TRANSACTIONS, upstream, dependencies.topology()));
        apis.forEach(api -> shared.put(api.key(), api));
        Map<ApiKeys, VersionRange> ranges = new EnumMap<>(ApiKeys.class);
        keys().forEach(key -> ranges.put(key, ApiRouting.versions(key)));
        ApiVersionsApi versions = new ApiVersionsApi(upstream, ranges, dependencies.routerLoop());
        shared.put(versions.key(), versions);
    }

    /** Incremental fetch sessions of clients: how many there are, their partitions, and how many lost their place. */
    public void register(MetricRegistry metrics) {
        Gauge<Integer> count = sessions::count;
        Gauge<Long> partitions = sessions::partitions;
        Gauge<Long> evictions = sessions::evictions;
        metrics.register(FETCH_SESSIONS, count);
        metrics.register(FETCH_SESSION_PARTITIONS, partitions);
        metrics.register(FETCH_SESSION_EVICTIONS, evictions);
    }

    /** The keys that are served. */
    public Set<ApiKeys> keys() {
        Set<ApiKeys> keys = EnumSet.copyOf(shared.keySet());
        keys.addAll(own.keys());
        return keys;
    }

    /** The APIs for one connection, whose event loop makes all calls. */
    public ClientApis connect(Client client, EventLoop eventLoop) {
        return connect(client, new NettyLoop(eventLoop), upstream.forClient(eventLoop, client.account()));
    }

    /** The same with the client's connections to brokers, which its APIs close. */
    ClientApis connect(Client client, Loop eventLoop, ClientUpstream brokers) {
        ClientFetcher fetcher = new ClientFetcher(
                new ClientFetcher.Dependencies(dependencies.fetch(), brokers, dependencies.topology(), eventLoop));
        ShareFetcher shares = new ShareFetcher(
                new ShareFetcher.Dependencies(brokers, dependencies.topology(), eventLoop, random, shareCapacity));
        ProduceApi produceApi = new ProduceApi(produce, router.connect(), eventLoop);
        AdminRoute admin = new AdminRoute(
                brokers, dependencies.topology(), dependencies.fetch().zone(), turns.getAndIncrement());
        return new ClientApis(
                shared,
                own,
                new Permissions(dependencies.clusterApis()),
                new ConnectionApis.Connection(produceApi, fetcher, shares, brokers, admin, eventLoop),
                client,
                ClientZone.connect(zones, client.listener(), client.address()));
    }
}
