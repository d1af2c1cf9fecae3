package io.narrows.proxy.api;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** DescribeTransactions: each transactional id at its coordinator, the answers become one. One per client connection. */
final class DescribeTransactionsApi implements Api {
    private final CoordinatorRoute route;

    DescribeTransactionsApi(CoordinatorRoute route) {
        this.route = route;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.DESCRIBE_TRANSACTIONS;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        List<CompletableFuture<Answer>> answers = ((DescribeTransactionsRequestData) call.message())
                .transactionalIds().stream().map(id -> describe(call, id)).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(unused ->
                        Merged.of(answers, new DescribeTransactionsResponseData(), DescribeTransactionsApi::merge));
    }

    private CompletableFuture<Answer> describe(ApiCall call, String transactionalId) {
        return route.toTransaction(
                transactionalId,
                call.with(new DescribeTransactionsRequestData().setTransactionalIds(List.of(transactionalId))));
    }

    private static void merge(ApiMessage all, ApiMessage more) {
        DescribeTransactionsResponseData sum = (DescribeTransactionsResponseData) all;
        DescribeTransactionsResponseData part = (DescribeTransactionsResponseData) more;
        sum.transactionStates().addAll(part.transactionStates());
        sum.setThrottleTimeMs(Math.max(sum.throttleTimeMs(), part.throttleTimeMs()));
    }
}
