package io.narrows.proxy.api;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * An API that any broker answers, by itself or through the controller: passed on over the client's own connection. One
 * per API and client connection.
 */
final class AnyBrokerApi implements Api {
    private final ApiKeys key;
    private final ExecutionOrder order;
    private final AdminRoute route;
    private final UnaryOperator<ApiCall> request;
    private final Consumer<ApiMessage> rewrite;

    /** {@code request} makes of a call what brokers get; {@code rewrite} takes out of a response what clients must not see. */
    AnyBrokerApi(
            ApiKeys key,
            ExecutionOrder order,
            AdminRoute route,
            UnaryOperator<ApiCall> request,
            Consumer<ApiMessage> rewrite) {
        this.key = key;
        this.order = order;
        this.route = route;
        this.request = request;
        this.rewrite = rewrite;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return order;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        return route.answerFromAny(request.apply(call), client).thenApply(answer -> {
            if (answer instanceof Answer.Reply reply) {
                rewrite.accept(reply.body());
            }
            return answer;
        });
    }
}
