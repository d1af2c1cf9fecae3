package io.narrows.proxy.api;

import io.narrows.proxy.zone.ClientZone;
import io.narrows.relay.log.FoldedLog;
import io.narrows.router.upstream.Upstream.VersionRange;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The APIs as one connection sees them. Called on the connection's event loop, in the order of the requests. */
public final class ClientApis {
    private static final Logger LOG = LoggerFactory.getLogger(ClientApis.class);
    private static final FoldedLog SASL_ASKED = FoldedLog.perMinute(10);
    private static final Set<ApiKeys> SASL = EnumSet.of(ApiKeys.SASL_HANDSHAKE, ApiKeys.SASL_AUTHENTICATE);

    private final Map<ApiKeys, Api> shared;
    private final ConnectionApis makers;
    private final Map<ApiKeys, Api> own = new EnumMap<>(ApiKeys.class);
    private final Permissions permissions;
    private final ConnectionApis.Connection connection;
    private final ClientZone zone;
    private final SharedTurns turns;
    private Client client;

    /** Closes what belongs to the connection. */
    ClientApis(
            Map<ApiKeys, Api> shared,
            ConnectionApis makers,
            Permissions permissions,
            ConnectionApis.Connection connection,
            Client client,
            ClientZone zone) {
        this.shared = shared;
        this.makers = makers;
        this.permissions = permissions;
        this.connection = connection;
        this.client = client;
        this.zone = zone;
        this.turns = new SharedTurns(connection.loop());
    }

    public ExecutionOrder order(ApiKeys key) {
        Api api = find(key);
        return api == null ? ExecutionOrder.ANY : api.order();
    }

    /** May complete on any thread. A failure ends the connection. */
    public CompletableFuture<Answer> answer(ApiCall call) {
        Api api = find(call.key());
        if (api == null || !covers(ApiRouting.versions(call.key()), call.version())) {
            return CompletableFuture.completedFuture(refuse(call));
        }
        if (call.request() instanceof ApiVersionsRequest introduction && introduction.isValid()) {
            introduce(introduction.data());
        }
        look(call);
        return permissions.answer(call, permitted -> inOrder(api, permitted));
    }

    private CompletableFuture<Answer> inOrder(Api api, ApiCall call) {
        return SharedTurns.covers(call) ? turns.take(() -> api.answer(call, client)) : api.answer(call, client);
    }

    /** Brokers are told the same on the client's own connections. */
    private void introduce(ApiVersionsRequestData said) {
        client = client.introducedAs(said.clientSoftwareName());
        if (!said.clientSoftwareName().isEmpty()) {
            connection.upstream().introduce(said.clientSoftwareName(), said.clientSoftwareVersion());
        }
    }

    /** For what a client says of its zone. */
    private void look(ApiCall call) {
        zone.sawClientId(call.clientId());
        if (call.message() instanceof FetchRequestData fetch) {
            zone.sawRack(fetch.rackId());
        } else if (call.message() instanceof ConsumerGroupHeartbeatRequestData heartbeat) {
            zone.sawRack(heartbeat.rackId());
        } else if (call.message() instanceof ShareGroupHeartbeatRequestData heartbeat) {
            zone.sawRack(heartbeat.rackId());
        } else if (call.message() instanceof StreamsGroupHeartbeatRequestData heartbeat) {
            zone.sawRack(heartbeat.rackId());
        }
    }

    /** The client is gone: brokers answer what they hold back for it no more. */
    public void disconnect() {
        zone.close();
        turns.close();
        if (own.get(ApiKeys.FETCH) instanceof FetchApi fetch) {
            fetch.close();
        }
        connection.fetcher().close();
        connection.shares().close();
        connection.upstream().close();
    }

    /**
     * The client does not take its responses: brokers' answers to its fetches are left where they are, and requests that
     * wait for their turn are not sent.
     */
    public void pause() {
        turns.pause();
        connection.upstream().pauseFetches();
    }

    public void resume() {
        connection.upstream().resumeFetches();
        turns.resume();
    }

    /** More requests have come than are read: fetches that wait for records are answered with what is there. */
    public void endWaits() {
        connection.fetcher().endWait();
        connection.shares().endWait();
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
        Function<ConnectionApis.Connection, Api> maker =
                mine == null ? makers.makers().get(key) : null;
        if (maker != null) {
            mine = maker.apply(connection);
            own.put(key, mine);
        }
        return mine;
    }

    /** As a broker's listener without SASL answers: then clients name SASL as the reason, and do not try again. */
    private Answer refuse(ApiCall call) {
        if (SASL.contains(call.key())) {
            SASL_ASKED.write(
                    connection.loop().nanoTime(),
                    folded -> LOG.atInfo()
                            .addKeyValue("client", client.address())
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("Client requested SASL, which is not supported on listeners"));
            return ErrorResponses.error(call, Errors.ILLEGAL_SASL_STATE);
        }
        String reason = call.key() + " version " + call.version() + " is not served by this proxy";
        return ErrorResponses.error(call, Errors.UNSUPPORTED_VERSION, reason);
    }

    private static boolean covers(VersionRange range, short version) {
        return version >= range.min() && version <= range.max();
    }
}
