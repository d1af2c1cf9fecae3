package io.narrows.proxy.api;

import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.BrokerId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** ListGroups: each broker knows the groups it coordinates, and the proxy stands for all of them. */
final class ListGroupsApi implements Api {
    private final Upstream upstream;
    private final Topology topology;

    ListGroupsApi(Upstream upstream, Topology topology) {
        this.upstream = upstream;
        this.topology = topology;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.LIST_GROUPS;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        List<CompletableFuture<ApiMessage>> answers = topology.view().brokers().keySet().stream()
                .map(id -> upstream.send(new BrokerId(id), key(), call.version(), call.clientId(), call.message()))
                .toList();
        if (answers.isEmpty()) {
            return CompletableFuture.completedFuture(Replies.error(call, Errors.COORDINATOR_NOT_AVAILABLE));
        }
        // A list without one broker's groups would look complete, so it is an error that clients retry.
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(unused -> merge(answers))
                .exceptionally(failure -> Replies.error(call, Errors.COORDINATOR_NOT_AVAILABLE));
    }

    /** All answers are there. */
    private static Answer merge(List<CompletableFuture<ApiMessage>> answers) {
        ListGroupsResponseData all = new ListGroupsResponseData();
        for (CompletableFuture<ApiMessage> answer : answers) {
            ListGroupsResponseData part = (ListGroupsResponseData) answer.getNow(new ListGroupsResponseData());
            all.groups().addAll(part.groups());
            all.setThrottleTimeMs(Math.max(all.throttleTimeMs(), part.throttleTimeMs()));
            if (part.errorCode() != Errors.NONE.code()) {
                all.setErrorCode(part.errorCode());
            }
        }
        return new Answer.Reply(all, all.throttleTimeMs());
    }
}
