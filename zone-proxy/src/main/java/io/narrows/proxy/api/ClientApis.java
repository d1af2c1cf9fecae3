package io.narrows.proxy.api;

import io.narrows.proxy.zone.ClientZone;
import io.narrows.router.upstream.Upstream.VersionRange;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.jspecify.annotations.Nullable;

/** The APIs as one connection sees them. Called on the connection's event loop, in the order of the requests. */
public final class ClientApis {
    private final Map<ApiKeys, Api> shared;
    private final OwnApis makers;
    private final Map<ApiKeys, Api> own = new EnumMap<>(ApiKeys.class);
    private final OwnApis.Connection connection;
    private final ClientZone zone;
    private Client client;

    /** Closes what belongs to the connection. */
    ClientApis(
            Map<ApiKeys, Api> shared, OwnApis makers, OwnApis.Connection connection, Client client, ClientZone zone) {
        this.shared = shared;
        this.makers = makers;
        this.connection = connection;
        this.client = client;
        this.zone = zone;
    }

    public ExecutionOrder order(ApiKeys key) {
        Api api = find(key);
        return api == null ? ExecutionOrder.ANY : api.order();
    }

    /** May complete on any thread. A failure ends the connection. */
    public CompletableFuture<Answer> answer(ApiCall call) {
        Api api = find(call.key());
        if (api == null || !covers(api.versions(), call.version())) {
            String reason = call.key() + " version " + call.version() + " is not served by this proxy";
            return CompletableFuture.completedFuture(Replies.error(call, Errors.UNSUPPORTED_VERSION, reason));
        }
        if (call.request() instanceof ApiVersionsRequest introduction && introduction.isValid()) {
            client = client.introducedAs(introduction.data().clientSoftwareName());
        }
        look(call);
        return api.answer(call, client);
    }

    /** For what a client says of its zone. */
    private void look(ApiCall call) {
        zone.sawClientId(call.clientId());
        if (call.message() instanceof FetchRequestData fetch) {
            zone.sawRack(fetch.rackId());
        } else if (call.message() instanceof ConsumerGroupHeartbeatRequestData heartbeat) {
            zone.sawRack(heartbeat.rackId());
        }
    }

    /** The client is gone: brokers answer what they hold back for it no more. */
    public void disconnect() {
        zone.close();
        if (own.get(ApiKeys.FETCH) instanceof FetchApi fetch) {
            fetch.end();
        }
        connection.fetcher().close();
        connection.shares().close();
        connection.upstream().close();
    }

    /** The client does not take its responses: brokers' answers to its fetches are left where they are. */
    public void pauseFetches() {
        connection.upstream().pauseFetches();
    }

    public void resumeFetches() {
        connection.upstream().resumeFetches();
    }

    /** The client is gone and all its requests are answered. */
    public void close() {
        connection.produce().close();
    }

    private @Nullable Api find(ApiKeys key) {
        Api common = shared.get(key);
        if (common != null) {
            return common;
        }
        Api mine = own.get(key);
        Function<OwnApis.Connection, Api> maker = mine == null ? makers.makers().get(key) : null;
        if (maker != null) {
            mine = maker.apply(connection);
            own.put(key, mine);
        }
        return mine;
    }

    private static boolean covers(VersionRange range, short version) {
        return version >= range.min() && version <= range.max();
    }
}
