package io.narrows.proxy.api;

import io.narrows.router.topology.Broker;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ClientUpstream.Request;
import io.narrows.router.upstream.ClientUpstream.Use;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/**
 * Sends the administrative requests of one client over its own connections: a broker holds them back while it waits for
 * the controller or for replicas, and would delay all clients on a shared one. Keeps to one broker, in the proxy's zone
 * if it can, and goes to the next one after a failure. Owned by the event loop of the client's connection.
 */
final class AdminRoute {
    /** Longer than clients wait: the first side to time out closes the connection. */
    private static final long ANSWER_MS = TimeUnit.MINUTES.toMillis(3);

    private final ClientUpstream upstream;
    private final Topology topology;
    private final String zone;
    private int turn;

    /** {@code turn} spreads clients over brokers. */
    AdminRoute(ClientUpstream upstream, Topology topology, String zone, int turn) {
        this.upstream = upstream;
        this.topology = topology;
        this.zone = zone;
        this.turn = turn;
    }

    /** Any broker's answer. A request that may have been lost on the way ends the connection, as at a broker. */
    CompletableFuture<Answer> answerFromAny(ApiCall call, Client client) {
        return sendToAny(call, client)
                .handle((response, failure) -> response == null
                        ? lost(call, failure)
                        : new Answer.Reply(response, Responses.throttleTimeMs(call.key(), response, call.version())));
    }

    /** To the broker that the client means with the address it came to, otherwise to any. */
    CompletableFuture<ApiMessage> sendToAny(ApiCall call, Client client) {
        int broker = client.means().orElseGet(this::anyBroker);
        if (broker < 0) {
            return CompletableFuture.failedFuture(new NetworkException("No broker is known"));
        }
        return send(broker, call, call.message()).whenComplete((response, failure) -> {
            if (failure != null && !isUnsupported(failure)) {
                turn++;
            }
        });
    }

    CompletableFuture<ApiMessage> send(int brokerId, ApiCall call, ApiMessage message) {
        return upstream.send(
                Use.ADMIN, brokerId, new Request(call.key(), call.version(), call.clientId(), message, ANSWER_MS));
    }

    private int anyBroker() {
        List<Broker> all = topology.view().brokers().values().stream()
                .sorted(Comparator.comparingInt(Broker::id))
                .toList();
        List<Broker> near =
                all.stream().filter(broker -> broker.zone().equals(zone)).toList();
        // Those in the zone first; after as many failures as they are, all have their turn.
        List<Broker> candidates = near.isEmpty() || turn % (near.size() + 1) == near.size() ? all : near;
        return candidates.isEmpty()
                ? -1
                : candidates.get(Math.floorMod(turn, candidates.size())).id();
    }

    private static Answer lost(ApiCall call, Throwable failure) {
        return isUnsupported(failure)
                ? ErrorResponses.error(call, Errors.UNSUPPORTED_VERSION)
                : new Answer.Hangup("no response from any broker to " + call.key());
    }

    private static boolean isUnsupported(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof UnsupportedVersionException;
    }
}
