package io.narrows.proxy.api;

import io.narrows.router.upstream.Upstream.VersionRange;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What the proxy does with each API of Kafka's table for brokers; one without an entry fails a test. Stateless.
 */
public final class ApiRouting {
    /** From version 4 on the API is for brokers only. */
    private static final short LAST_CLIENT_VERSION_OF_ADD_PARTITIONS = 3;

    private static final Map<ApiKeys, ApiRoute> BY_KEY = new EnumMap<>(ApiKeys.class);
    private static final Map<ApiKeys, String> REASONS = new EnumMap<>(ApiKeys.class);

    static {
        decide(ApiRoute.PROXY, ApiKeys.API_VERSIONS, ApiKeys.METADATA, ApiKeys.FIND_COORDINATOR);
        decide(ApiRoute.LEADER, ApiKeys.PRODUCE, ApiKeys.LIST_OFFSETS, ApiKeys.OFFSET_FOR_LEADER_EPOCH);
        decide(ApiRoute.LEADER, ApiKeys.DELETE_RECORDS, ApiKeys.DESCRIBE_PRODUCERS, ApiKeys.WRITE_TXN_MARKERS);
        ShareApi.KEYS.forEach(key -> decide(ApiRoute.LEADER, key));
        decide(ApiRoute.REPLICA, ApiKeys.FETCH);
        GroupApi.KEYS.forEach(key -> decide(ApiRoute.COORDINATOR, key));
        CoordinatedListApi.KEYS.forEach(key -> decide(ApiRoute.COORDINATOR, key));
        TransactionApi.KEYS.forEach(key -> decide(ApiRoute.COORDINATOR, key));
        decide(ApiRoute.COORDINATOR, ApiKeys.INIT_PRODUCER_ID);
        ConfigsApi.KEYS.forEach(key -> decide(ApiRoute.BROKER, key));
        decide(ApiRoute.PORT, ApiKeys.DESCRIBE_LOG_DIRS, ApiKeys.ALTER_REPLICA_LOG_DIRS);
        AllBrokersApi.KEYS.forEach(key -> decide(ApiRoute.ALL, key));
        decide(ApiRoute.ANY, ApiKeys.DESCRIBE_CLUSTER, ApiKeys.DESCRIBE_TOPIC_PARTITIONS);
        ConnectionApis.TELEMETRY.forEach(key -> decide(ApiRoute.ANY, key));
        ConnectionApis.ANY_BROKER.forEach((key, order) -> decide(ApiRoute.ANY, key));
        refuse();
    }

    private ApiRouting() {}

    private static void refuse() {
        String sasl = "listeners of the proxy have no SASL";
        refuse(sasl, ApiKeys.SASL_HANDSHAKE, ApiKeys.SASL_AUTHENTICATE);
        refuse(
                "a token would belong to the proxy, whose identity brokers see, and not to the client",
                ApiKeys.CREATE_DELEGATION_TOKEN,
                ApiKeys.RENEW_DELEGATION_TOKEN,
                ApiKeys.EXPIRE_DELEGATION_TOKEN,
                ApiKeys.DESCRIBE_DELEGATION_TOKEN);
        refuse(
                "between a broker and the share coordinator, never from a client",
                ApiKeys.INITIALIZE_SHARE_GROUP_STATE,
                ApiKeys.READ_SHARE_GROUP_STATE,
                ApiKeys.WRITE_SHARE_GROUP_STATE,
                ApiKeys.DELETE_SHARE_GROUP_STATE,
                ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY);
    }

    private static void decide(ApiRoute decision, ApiKeys... keys) {
        for (ApiKeys key : keys) {
            if (BY_KEY.put(key, decision) != null) {
                throw new IllegalStateException("two routes for " + key);
            }
        }
    }

    private static void refuse(String reason, ApiKeys... keys) {
        decide(ApiRoute.REFUSED, keys);
        for (ApiKeys key : keys) {
            REASONS.put(key, reason);
        }
    }

    /** By API, in the order of their keys. */
    public static Map<ApiKeys, ApiRoute> all() {
        return Map.copyOf(BY_KEY);
    }

    /** What is served of an API at most; what brokers offer narrows it further. */
    static VersionRange versions(ApiKeys key) {
        short newest =
                key == ApiKeys.ADD_PARTITIONS_TO_TXN ? LAST_CLIENT_VERSION_OF_ADD_PARTITIONS : key.latestVersion(false);
        return new VersionRange(key.oldestVersion(), newest);
    }

    /** The reference page in Markdown. */
    public static String markdown() {
        StringBuilder page = new StringBuilder("""
                # APIs that the proxy serves

                Every API that Kafka's brokers offer to clients, and which component answers it behind a proxy. Versions
                are those of this Kafka; a client sees those that every broker supports, too. This page is generated from the
                code; [RFC 0004](../rfcs/0004-fetch-through-the-proxy.md) gives the reasons.

                APIs that change the cluster are denied with CLUSTER_AUTHORIZATION_FAILED unless `cluster.apis.allowed`
                names them: brokers see the identity of the proxy, and not of its client. Groups whose ids begin with
                `narrows-gateway.` are the proxies' own: a client gets GROUP_AUTHORIZATION_FAILED for them in every API, and
                lists omit them.

                The partitions that one request can name have a limit in CreateTopics (with assignments), DeleteRecords,
                OffsetDelete and AddPartitionsToTxn. It is about 4,400 of one topic in a row, or fewer of each of several
                topics. The proxy closes the connection of a larger request, or of one with 340 names of one hash: send it in
                parts.

                | Key | API | Versions | Answered by | Permission |
                |---|---|---|---|---|
                """);
        for (ApiKeys key : ApiKeys.apisForListener(ListenerType.BROKER)) {
            ApiRoute decision = Objects.requireNonNull(BY_KEY.get(key), "an API without a decision");
            page.append("| ").append(key.id).append(" | ").append(key.name).append(" | ");
            if (decision != ApiRoute.REFUSED) {
                VersionRange range = versions(key);
                page.append(range.min()).append(" to ").append(range.max());
            }
            page.append(" | ").append(decision.meaning());
            if (REASONS.containsKey(key)) {
                page.append(" (").append(REASONS.get(key)).append(')');
            }
            page.append(" | ").append(whoMay(key)).append(" |\n");
        }
        return page.append(BrokerDifference.markdown()).toString();
    }

    private static String whoMay(ApiKeys key) {
        String denied = ClusterApis.denied().get(key);
        if (denied != null) {
            return "denied by default: " + denied;
        }
        String permitted = ClusterApis.permitted().get(key);
        return permitted == null ? "" : "clients: " + permitted;
    }
}
