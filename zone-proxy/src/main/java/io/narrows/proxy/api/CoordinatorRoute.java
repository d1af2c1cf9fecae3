package io.narrows.proxy.api;

import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ClientUpstream.Request;
import io.narrows.router.upstream.ClientUpstream.Use;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/**
 * The way to coordinators for one client: over its own connections. They hold back what they answer, for a rebalance or
 * until the log of groups or transactions is replicated, and would delay all clients on a shared one; and they see the
 * end of the client's connection. Stateless; the connections belong to the client's event loop.
 */
final class CoordinatorRoute {
    private static final long ANSWER_MS = TimeUnit.MINUTES.toMillis(1);

    /** A member's answer waits for its group's leader, which no request says for how long: the group's bound does. */
    private static final long LONGEST_REBALANCE_MS = TimeUnit.MINUTES.toMillis(30);

    private final Coordinators coordinators;
    private final ClientUpstream upstream;

    CoordinatorRoute(Coordinators coordinators, ClientUpstream upstream) {
        this.coordinators = coordinators;
        this.upstream = upstream;
    }

    /** {@code unreachable} is the client's answer without a coordinator. */
    CompletableFuture<Answer> toGroup(String groupId, ApiCall call, Errors unreachable) {
        return to(new Coordinators.Key(CoordinatorType.GROUP, groupId), call, unreachable);
    }

    /** Without a coordinator the answer is COORDINATOR_NOT_AVAILABLE, upon which producers look for it and send again. */
    CompletableFuture<Answer> toTransaction(String transactionalId, ApiCall call) {
        return to(
                new Coordinators.Key(CoordinatorType.TRANSACTION, transactionalId),
                call,
                Errors.COORDINATOR_NOT_AVAILABLE);
    }

    /** {@code unreachable} is the client's answer without a coordinator. */
    CompletableFuture<Answer> to(Coordinators.Key key, ApiCall call, Errors unreachable) {
        return coordinators.send(key, call, unreachable, this::send);
    }

    CompletableFuture<Coordinators.Located> locate(CoordinatorType type, Collection<String> names, Errors unreachable) {
        return coordinators.locate(type, names, unreachable);
    }

    void forget(CoordinatorType type, Collection<String> names) {
        coordinators.forget(type, names);
    }

    /** To the broker, which is thought to be the coordinator. */
    CompletableFuture<ApiMessage> send(int broker, ApiCall call) {
        return upstream.send(
                Use.COORDINATOR,
                broker,
                new Request(
                        call.key(),
                        call.version(),
                        call.clientId(),
                        call.message(),
                        timeoutMs(call.key(), call.message())));
    }

    private static long timeoutMs(ApiKeys key, ApiMessage request) {
        if (request instanceof JoinGroupRequestData join) {
            // A broker refuses times that make no sense; it must have the time to say so.
            return ANSWER_MS + Math.max(0, Math.max(join.rebalanceTimeoutMs(), join.sessionTimeoutMs()));
        }
        return key == ApiKeys.SYNC_GROUP ? LONGEST_REBALANCE_MS : ANSWER_MS;
    }
}
