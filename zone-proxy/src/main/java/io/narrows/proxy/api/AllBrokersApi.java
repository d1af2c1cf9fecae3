package io.narrows.proxy.api;

import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.BrokerId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/**
 * Lists of which each broker has a part, namely what it coordinates. A client that means a broker gets its part; to
 * others the proxy stands for all of them.
 */
final class AllBrokersApi implements Api {
    static final Set<ApiKeys> KEYS = Set.of(ApiKeys.LIST_GROUPS, ApiKeys.LIST_TRANSACTIONS);

    private final ApiKeys key;
    private final Upstream upstream;
    private final Topology topology;
    private final BiConsumer<ApiMessage, ApiMessage> merge;

    /** For one of {@link #KEYS}. */
    AllBrokersApi(ApiKeys key, Upstream upstream, Topology topology) {
        this.key = key;
        this.upstream = upstream;
        this.topology = topology;
        this.merge = key == ApiKeys.LIST_GROUPS ? AllBrokersApi::mergeGroups : AllBrokersApi::mergeTransactions;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        if (isSaidElsewhere(client)) {
            return CompletableFuture.completedFuture(new Answer.Reply(key.messageType.newResponse()));
        }
        List<Integer> brokers = client.means().isPresent()
                ? List.of(client.means().getAsInt())
                : List.copyOf(topology.view().brokers().keySet());
        List<CompletableFuture<ApiMessage>> answers = brokers.stream()
                .map(id -> upstream.send(new BrokerId(id), key, call.version(), call.clientId(), call.message()))
                .toList();
        if (answers.isEmpty()) {
            return CompletableFuture.completedFuture(ErrorResponses.error(call, Errors.COORDINATOR_NOT_AVAILABLE));
        }
        // A list without one broker's part would look complete, so it is an error that clients retry.
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(unused -> merge(answers, call.version()))
                .exceptionally(failure -> ErrorResponses.error(call, Errors.COORDINATOR_NOT_AVAILABLE));
    }

    /** Clients put transactions of all nodes together without a look for doubles; groups they know by their ids. */
    private boolean isSaidElsewhere(Client client) {
        return key == ApiKeys.LIST_TRANSACTIONS
                && client.means().isEmpty()
                && client.advertised().brokerPortBase() > 0;
    }

    /** All answers are there. */
    private Answer merge(List<CompletableFuture<ApiMessage>> answers, short version) {
        ApiMessage all = key.messageType.newResponse();
        answers.forEach(answer -> merge.accept(all, answer.getNow(key.messageType.newResponse())));
        return new Answer.Reply(all, Responses.throttleTimeMs(key, all, version));
    }

    private static void mergeGroups(ApiMessage all, ApiMessage more) {
        ListGroupsResponseData sum = (ListGroupsResponseData) all;
        ListGroupsResponseData part = (ListGroupsResponseData) more;
        sum.groups().addAll(part.groups());
        sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        if (part.errorCode() != Errors.NONE.code()) {
            sum.setErrorCode(part.errorCode());
        }
    }

    private static void mergeTransactions(ApiMessage all, ApiMessage more) {
        ListTransactionsResponseData sum = (ListTransactionsResponseData) all;
        ListTransactionsResponseData part = (ListTransactionsResponseData) more;
        sum.transactionStates().addAll(part.transactionStates());
        sum.setUnknownStateFilters(part.unknownStateFilters());
        sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
        if (part.errorCode() != Errors.NONE.code()) {
            sum.setErrorCode(part.errorCode());
        }
    }
}
