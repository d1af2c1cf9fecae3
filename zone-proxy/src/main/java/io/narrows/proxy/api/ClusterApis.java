package io.narrows.proxy.api;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * APIs that change the cluster. Brokers authorize them for the proxy and not for its client, so the proxy denies each
 * that the configuration does not name (RFC 0004). Denied is what Kafka's authorizer asks more for than DESCRIBE, CREATE
 * or IDEMPOTENT_WRITE on the cluster. Immutable.
 */
public final class ClusterApis {
    private static final Map<ApiKeys, String> DENIED = new EnumMap<>(ApiKeys.class);
    private static final Map<ApiKeys, String> PERMITTED = new EnumMap<>(ApiKeys.class);

    /** Of these only the resources of the cluster are denied; topics' and groups' configurations are not. */
    private static final Set<ApiKeys> CONFIGS = EnumSet.of(ApiKeys.ALTER_CONFIGS, ApiKeys.INCREMENTAL_ALTER_CONFIGS);

    private static final Set<ConfigResource.Type> CLUSTER_RESOURCES = EnumSet.of(
            ConfigResource.Type.BROKER, ConfigResource.Type.BROKER_LOGGER, ConfigResource.Type.CLIENT_METRICS);

    static {
        DENIED.put(ApiKeys.WRITE_TXN_MARKERS, "ends transactions of any producer, with records lost or half visible");
        DENIED.put(ApiKeys.CREATE_ACLS, "gives rights to any principal");
        DENIED.put(ApiKeys.DELETE_ACLS, "takes rights from any principal");
        DENIED.put(ApiKeys.ALTER_CONFIGS, "for brokers, loggers and client metrics: settings of the whole cluster");
        DENIED.put(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                "for brokers, loggers and client metrics: settings of the whole cluster");
        DENIED.put(ApiKeys.ALTER_REPLICA_LOG_DIRS, "copies whole replicas between disks");
        DENIED.put(ApiKeys.ELECT_LEADERS, "moves leaders, and can choose one that lost records");
        DENIED.put(ApiKeys.ALTER_PARTITION_REASSIGNMENTS, "copies whole partitions between brokers and zones");
        DENIED.put(ApiKeys.ALTER_CLIENT_QUOTAS, "limits or frees any client");
        DENIED.put(ApiKeys.ALTER_USER_SCRAM_CREDENTIALS, "sets passwords of any user");
        DENIED.put(ApiKeys.UPDATE_FEATURES, "changes feature versions of the cluster permanently");
        DENIED.put(
                ApiKeys.UNREGISTER_BROKER, "removes a broker; garbage collection no longer waits for its references");
        DENIED.put(ApiKeys.ADD_RAFT_VOTER, "changes the voters of the metadata quorum");
        DENIED.put(ApiKeys.REMOVE_RAFT_VOTER, "changes the voters of the metadata quorum");
        permit("reads a topic or writes to it", ApiKeys.PRODUCE, ApiKeys.FETCH, ApiKeys.LIST_OFFSETS);
        permit(
                "reads metadata",
                ApiKeys.METADATA,
                ApiKeys.FIND_COORDINATOR,
                ApiKeys.API_VERSIONS,
                ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                ApiKeys.DESCRIBE_CLUSTER,
                ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
                ApiKeys.DESCRIBE_CONFIGS,
                ApiKeys.LIST_CONFIG_RESOURCES,
                ApiKeys.DESCRIBE_ACLS,
                ApiKeys.DESCRIBE_LOG_DIRS,
                ApiKeys.DESCRIBE_CLIENT_QUOTAS,
                ApiKeys.DESCRIBE_USER_SCRAM_CREDENTIALS,
                ApiKeys.DESCRIBE_QUORUM,
                ApiKeys.DESCRIBE_PRODUCERS,
                ApiKeys.DESCRIBE_TRANSACTIONS,
                ApiKeys.LIST_TRANSACTIONS,
                ApiKeys.LIST_PARTITION_REASSIGNMENTS,
                ApiKeys.DESCRIBE_GROUPS,
                ApiKeys.LIST_GROUPS,
                ApiKeys.CONSUMER_GROUP_DESCRIBE,
                ApiKeys.SHARE_GROUP_DESCRIBE,
                ApiKeys.STREAMS_GROUP_DESCRIBE,
                ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS);
        permit(
                "changes a topic that applications own",
                ApiKeys.CREATE_TOPICS,
                ApiKeys.DELETE_TOPICS,
                ApiKeys.CREATE_PARTITIONS,
                ApiKeys.DELETE_RECORDS);
        permit(
                "changes a group that applications own",
                ApiKeys.JOIN_GROUP,
                ApiKeys.SYNC_GROUP,
                ApiKeys.HEARTBEAT,
                ApiKeys.LEAVE_GROUP,
                ApiKeys.DELETE_GROUPS,
                ApiKeys.OFFSET_COMMIT,
                ApiKeys.OFFSET_FETCH,
                ApiKeys.OFFSET_DELETE,
                ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                ApiKeys.SHARE_GROUP_HEARTBEAT,
                ApiKeys.STREAMS_GROUP_HEARTBEAT,
                ApiKeys.SHARE_FETCH,
                ApiKeys.SHARE_ACKNOWLEDGE,
                ApiKeys.ALTER_SHARE_GROUP_OFFSETS,
                ApiKeys.DELETE_SHARE_GROUP_OFFSETS);
        permit(
                "is a step of a producer or of its transaction",
                ApiKeys.INIT_PRODUCER_ID,
                ApiKeys.ADD_PARTITIONS_TO_TXN,
                ApiKeys.ADD_OFFSETS_TO_TXN,
                ApiKeys.TXN_OFFSET_COMMIT,
                ApiKeys.END_TXN);
        permit("reports metrics of a client", ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, ApiKeys.PUSH_TELEMETRY);
    }

    /** All of them are denied. */
    public static final ClusterApis NONE_ALLOWED = new ClusterApis(Set.of());

    private final Set<ApiKeys> allowed;
    private final Map<ApiKeys, RequestElements<?>> configs = new EnumMap<>(ApiKeys.class);

    private ClusterApis(Set<ApiKeys> allowed) {
        this.allowed = allowed;
        CONFIGS.stream()
                .filter(key -> !allowed.contains(key))
                .forEach(key -> configs.put(
                        key, ConfigElements.refusing(key, (type, name) -> CLUSTER_RESOURCES.contains(type))));
    }

    private static void permit(String reason, ApiKeys... keys) {
        for (ApiKeys key : keys) {
            PERMITTED.put(key, reason);
        }
    }

    /**
     * Allows the named ones, as in {@code CreateAcls}. Throws {@link IllegalArgumentException}, with the names that
     * exist, for one that is not of them.
     */
    public static ClusterApis allowing(Collection<String> names) {
        Set<ApiKeys> allowed = EnumSet.noneOf(ApiKeys.class);
        for (String name : names) {
            allowed.add(DENIED.keySet().stream()
                    .filter(key -> key.name.equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'" + name
                            + "' is not an API that changes the cluster; those are "
                            + String.join(
                                    ", ",
                                    DENIED.keySet().stream()
                                            .map(key -> key.name)
                                            .sorted()
                                            .toList()))));
        }
        return new ClusterApis(allowed);
    }

    /** Why each API that is denied by default is. */
    static Map<ApiKeys, String> denied() {
        return Collections.unmodifiableMap(DENIED);
    }

    /** Why each other API that is served is not denied. */
    static Map<ApiKeys, String> permitted() {
        return Collections.unmodifiableMap(PERMITTED);
    }

    /** Whether the whole request is denied by default, whatever is in it. */
    static boolean deniesAll(ApiKeys key) {
        return DENIED.containsKey(key) && !CONFIGS.contains(key);
    }

    /** What the client gets: an authorizer's error for what is denied, otherwise what {@code next} answers. */
    CompletableFuture<Answer> answer(ApiCall call, PermittedHandler next) {
        ApiKeys key = call.key();
        if (deniesAll(key) && !allowed.contains(key)) {
            return CompletableFuture.completedFuture(ErrorResponses.error(call, Errors.CLUSTER_AUTHORIZATION_FAILED));
        }
        RequestElements<?> ofConfigs = configs.get(key);
        return ofConfigs == null
                ? next.answer(call)
                : ofConfigs.answer(call, Errors.CLUSTER_AUTHORIZATION_FAILED, next);
    }
}
