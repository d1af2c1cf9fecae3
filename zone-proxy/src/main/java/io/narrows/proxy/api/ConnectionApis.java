package io.narrows.proxy.api;

import io.narrows.proxy.fetch.ClientFetcher;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.proxy.share.ShareFetcher;
import io.narrows.relay.loop.Loop;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.BrokerId;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** How the APIs are made that work with one client connection, each when the client first uses it. Immutable; any thread. */
final class ConnectionApis {
    /** What any broker answers, and in which order with the client's other requests. */
    static final Map<ApiKeys, ExecutionOrder> ANY_BROKER = Map.ofEntries(
            Map.entry(ApiKeys.CREATE_TOPICS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.DELETE_TOPICS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.CREATE_PARTITIONS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.DESCRIBE_ACLS, ExecutionOrder.ANY),
            Map.entry(ApiKeys.CREATE_ACLS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.DELETE_ACLS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.ELECT_LEADERS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.ALTER_PARTITION_REASSIGNMENTS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.LIST_PARTITION_REASSIGNMENTS, ExecutionOrder.ANY),
            Map.entry(ApiKeys.DESCRIBE_CLIENT_QUOTAS, ExecutionOrder.ANY),
            Map.entry(ApiKeys.ALTER_CLIENT_QUOTAS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS, ExecutionOrder.ANY),
            Map.entry(ApiKeys.ALTER_USER_SCRAM_CREDENTIALS, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.DESCRIBE_QUORUM, ExecutionOrder.ANY),
            Map.entry(ApiKeys.UPDATE_FEATURES, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.UNREGISTER_BROKER, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.LIST_CONFIG_RESOURCES, ExecutionOrder.ANY),
            Map.entry(ApiKeys.ADD_RAFT_VOTER, ExecutionOrder.BARRIER),
            Map.entry(ApiKeys.REMOVE_RAFT_VOTER, ExecutionOrder.BARRIER));

    static final Set<ApiKeys> TELEMETRY = Set.of(ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, ApiKeys.PUSH_TELEMETRY);

    private final Map<ApiKeys, Function<Connection, Api>> makers = new EnumMap<>(ApiKeys.class);

    /** What belongs to one client connection. */
    record Connection(
            ProduceApi produce,
            ClientFetcher fetcher,
            ShareFetcher shares,
            ClientUpstream upstream,
            AdminRoute admin,
            Loop loop) {}

    ConnectionApis(
            Topology topology,
            Upstream shared,
            Coordinators coordinators,
            VirtualCluster cluster,
            FetchSessions sessions) {
        BrokerNodes nodes = new BrokerNodes(cluster, topology);
        makers.put(ApiKeys.PRODUCE, Connection::produce);
        makers.put(ApiKeys.FETCH, client -> new FetchApi(client.fetcher(), cluster, sessions, client.loop()));
        ShareApi.KEYS.forEach(key -> makers.put(key, client -> new ShareApi(key, client.shares(), cluster)));
        coordinated(shared, coordinators);
        ConfigsApi.KEYS.forEach(key -> makers.put(key, client -> new ConfigsApi(key, client.admin(), nodes)));
        ANY_BROKER.forEach((key, order) -> makers.put(
                key, client -> new AnyBrokerApi(key, order, client.admin(), nodes.replicaRewrite(), rewriteOf(key))));
        makers.put(
                ApiKeys.DESCRIBE_LOG_DIRS,
                client -> new BrokerPortApi(ApiKeys.DESCRIBE_LOG_DIRS, ExecutionOrder.ANY, client.admin()));
        makers.put(
                ApiKeys.ALTER_REPLICA_LOG_DIRS,
                client -> new BrokerPortApi(ApiKeys.ALTER_REPLICA_LOG_DIRS, ExecutionOrder.BARRIER, client.admin()));
        makers.put(
                ApiKeys.LIST_OFFSETS,
                client -> new LeaderApi<>(
                        ApiKeys.LIST_OFFSETS,
                        topology,
                        (leader, call, share) -> (ListOffsetsParts.mayWait(share) ? own(client) : shared(shared))
                                .send(leader, call, share),
                        new ListOffsetsParts()));
        // Brokers know clients that push metrics by what their connections say of them, and throttle them one by one.
        TELEMETRY.forEach(key -> makers.put(
                key, client -> new PassThroughApi(key, client.admin()::sendToAny, Errors.THROTTLING_QUOTA_EXCEEDED)));
        byLeader(ApiKeys.DELETE_RECORDS, topology, new DeleteRecordsParts());
        byLeader(ApiKeys.WRITE_TXN_MARKERS, topology, new TxnMarkersParts());
    }

    private void byLeader(ApiKeys key, Topology topology, LeaderApi.Parts<?, ?> parts) {
        makers.put(key, client -> new LeaderApi<>(key, topology, own(client), parts));
    }

    private void coordinated(Upstream shared, Coordinators coordinators) {
        Function<Connection, CoordinatorRoute> route = client -> new CoordinatorRoute(coordinators, client.upstream());
        GroupApi.KEYS.forEach(key -> makers.put(key, client -> new GroupApi(key, route.apply(client))));
        CoordinatedListApi.KEYS.forEach(
                key -> makers.put(key, client -> CoordinatedListApi.of(key, route.apply(client))));
        TransactionApi.KEYS.forEach(key -> makers.put(key, client -> new TransactionApi(key, route.apply(client))));
        makers.put(ApiKeys.INIT_PRODUCER_ID, client -> new InitProducerIdApi(shared, route.apply(client)));
    }

    /** Over the client's own connections. */
    private static LeaderApi.Sender own(Connection client) {
        return client.admin()::send;
    }

    /** Over connections that all clients share, for requests that brokers answer immediately. */
    static LeaderApi.Sender shared(Upstream upstream) {
        return (leader, call, share) ->
                upstream.send(new BrokerId(leader), call.key(), call.version(), call.clientId(), share);
    }

    private static Consumer<ApiMessage> rewriteOf(ApiKeys key) {
        return key == ApiKeys.DESCRIBE_QUORUM ? ConnectionApis::hideControllers : response -> {};
    }

    /** Keeps the voters and their offsets; removes endpoints of controllers, which clients of a proxy cannot reach. */
    private static void hideControllers(ApiMessage response) {
        ((DescribeQuorumResponseData) response)
                .nodes()
                .forEach(node -> node.listeners().clear());
    }

    Set<ApiKeys> keys() {
        return makers.keySet();
    }

    /** By key, to be made with what belongs to a connection. */
    Map<ApiKeys, Function<Connection, Api>> makers() {
        return makers;
    }
}
