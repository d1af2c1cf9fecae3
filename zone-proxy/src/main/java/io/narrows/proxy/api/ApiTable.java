package io.narrows.proxy.api;

import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.router.fetch.ClientFetcher;
import io.narrows.router.fetch.FetchSettings;
import io.narrows.router.produce.ProduceRouter;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.VersionRange;
import io.netty.channel.EventLoop;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.ApiKeys;

/** All APIs that the proxy serves. Immutable; any thread. */
public final class ApiTable {
    /** From version 4 on the API is for brokers only. */
    private static final short LAST_CLIENT_VERSION_OF_ADD_PARTITIONS = 3;

    /** Served with what belongs to one client connection; Produce likewise. */
    private static final Set<ApiKeys> OWN_KEYS = Stream.of(Set.of(ApiKeys.FETCH), GroupApi.KEYS, GroupsApi.KEYS)
            .flatMap(Set::stream)
            .collect(Collectors.toSet());

    private final Map<ApiKeys, Api> shared = new EnumMap<>(ApiKeys.class);
    private final Parts parts;
    private final ProduceRouter router;
    private final ProduceApi.Parts produce;
    private final Upstream upstream;
    private final Coordinators coordinators;

    /** What the APIs work with; the caller owns and closes it. */
    public record Parts(
            Topology topology,
            Upstream upstream,
            ProduceRouter router,
            VirtualCluster cluster,
            FetchSettings fetch,
            Loop routerLoop) {}

    public ApiTable(Parts parts) {
        this.parts = parts;
        this.router = parts.router();
        this.produce = new ProduceApi.Parts(parts.topology(), new ProduceResponses(parts.cluster()));
        this.upstream = parts.upstream();
        this.coordinators = new Coordinators(upstream, parts.routerLoop());
        List<Api> apis = List.of(
                new MetadataApi(upstream, parts.topology(), parts.cluster()),
                new DescribeTopicPartitionsApi(upstream, parts.cluster()),
                new DescribeClusterApi(upstream, parts.cluster()),
                new FindCoordinatorApi(upstream, coordinators, parts.cluster()),
                new InitProducerIdApi(upstream, coordinators),
                new TransactionApi(ApiKeys.ADD_PARTITIONS_TO_TXN, LAST_CLIENT_VERSION_OF_ADD_PARTITIONS, coordinators),
                new TransactionApi(
                        ApiKeys.ADD_OFFSETS_TO_TXN, ApiKeys.ADD_OFFSETS_TO_TXN.latestVersion(false), coordinators),
                new TransactionApi(
                        ApiKeys.TXN_OFFSET_COMMIT, ApiKeys.TXN_OFFSET_COMMIT.latestVersion(false), coordinators),
                new TransactionApi(ApiKeys.END_TXN, ApiKeys.END_TXN.latestVersion(false), coordinators),
                new LeaderApi<>(ApiKeys.LIST_OFFSETS, parts.topology(), upstream, new ListOffsetsParts()),
                new LeaderApi<>(ApiKeys.OFFSET_FOR_LEADER_EPOCH, parts.topology(), upstream, new LeaderEpochParts()),
                new ListGroupsApi(upstream, parts.topology()),
                new PassThroughApi(ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, upstream),
                new PassThroughApi(ApiKeys.PUSH_TELEMETRY, upstream));
        apis.forEach(api -> shared.put(api.key(), api));
        Map<ApiKeys, VersionRange> ranges = new EnumMap<>(ApiKeys.class);
        shared.forEach((key, api) -> ranges.put(key, api.versions()));
        ranges.put(ApiKeys.PRODUCE, ProduceApi.VERSIONS);
        OWN_KEYS.forEach(key -> ranges.put(key, new VersionRange(key.oldestVersion(), key.latestVersion(false))));
        ApiVersionsApi versions = new ApiVersionsApi(upstream, ranges, parts.routerLoop());
        shared.put(versions.key(), versions);
    }

    /** The keys that are served. */
    public Set<ApiKeys> keys() {
        Set<ApiKeys> keys = EnumSet.copyOf(shared.keySet());
        keys.add(ApiKeys.PRODUCE);
        keys.addAll(OWN_KEYS);
        return keys;
    }

    /** The APIs for one connection, whose event loop makes all calls. */
    public ClientApis connect(Client client, EventLoop eventLoop) {
        return connect(client, new NettyLoop(eventLoop), upstream.forClient(eventLoop));
    }

    /** The same with the client's connections to brokers, which its APIs close. */
    ClientApis connect(Client client, Loop eventLoop, ClientUpstream own) {
        ClientFetcher fetcher =
                new ClientFetcher(new ClientFetcher.Parts(parts.fetch(), own, parts.topology(), eventLoop));
        ProduceApi produceApi = new ProduceApi(produce, router.connect(), eventLoop);
        Map<ApiKeys, Api> apis = new EnumMap<>(ApiKeys.class);
        apis.put(ApiKeys.PRODUCE, produceApi);
        apis.put(ApiKeys.FETCH, new FetchApi(fetcher, parts.cluster()));
        GroupApi.all(coordinators, own).forEach(api -> apis.put(api.key(), api));
        GroupsApi.all(coordinators, own).forEach(api -> apis.put(api.key(), api));
        return new ClientApis(shared, apis, new ClientApis.Resources(produceApi, fetcher, own), client);
    }
}
