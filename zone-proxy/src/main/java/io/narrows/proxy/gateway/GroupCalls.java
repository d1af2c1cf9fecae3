package io.narrows.proxy.gateway;

import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ClientUpstream.Request;
import io.narrows.router.upstream.ClientUpstream.Use;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the coordinator of one group, which is looked up when it is not known. Owned by the router's loop, where
 * answers arrive; owns its connection to the coordinator.
 */
final class GroupCalls {
    private static final String CLIENT_ID = "narrows-gateway";
    private static final short FIRST_VERSION_WITH_KEY_LISTS = 4;

    private final String groupId;
    private final Loop loop;
    private final Upstream upstream;
    private final ClientUpstream own;
    private @Nullable Integer coordinator;

    GroupCalls(String groupId, Loop loop, Upstream upstream, ClientUpstream own) {
        this.groupId = groupId;
        this.loop = loop;
        this.upstream = upstream;
        this.own = own;
    }

    String groupId() {
        return groupId;
    }

    /** Exactly one of the two that {@code onAnswer} gets is null; it runs on the loop. */
    void send(
            ApiKeys api,
            short version,
            ApiMessage message,
            long timeoutMs,
            BiConsumer<@Nullable ApiMessage, @Nullable Throwable> onAnswer) {
        loop.assertInLoop();
        Integer known = coordinator;
        CompletableFuture<Integer> found = known == null ? find() : CompletableFuture.completedFuture(known);
        CompletableFuture<?> unused = found.thenCompose(broker -> {
                    coordinator = broker;
                    return own.send(Use.COORDINATOR, broker, new Request(api, version, CLIENT_ID, message, timeoutMs));
                })
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        coordinator = null;
                    }
                    onAnswer.accept(failure == null ? response : null, failure);
                });
    }

    /** The coordinator said that it is none. */
    void forgetCoordinator() {
        coordinator = null;
    }

    void close() {
        own.close();
    }

    private CompletableFuture<Integer> find() {
        FindCoordinatorRequestData request = new FindCoordinatorRequestData()
                .setKeyType(CoordinatorType.GROUP.id())
                .setCoordinatorKeys(List.of(groupId));
        return upstream.send(
                        new AnyBroker(), ApiKeys.FIND_COORDINATOR, FIRST_VERSION_WITH_KEY_LISTS, CLIENT_ID, request)
                .thenApply(response -> {
                    List<Coordinator> found = ((FindCoordinatorResponseData) response).coordinators();
                    if (found.size() != 1) {
                        throw new CoordinatorNotAvailableException("the response of FindCoordinator has another group");
                    }
                    Errors error = Errors.forCode(found.get(0).errorCode());
                    if (error != Errors.NONE) {
                        throw error.exception(found.get(0).errorMessage());
                    }
                    return found.get(0).nodeId();
                });
    }
}
