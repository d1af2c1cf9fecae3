package io.narrows.proxy.api;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * An API about one broker that only the address it comes to can name: served where brokers have ports of their own. One
 * per API and client connection.
 */
final class BrokerPortApi implements Api {
    private final ApiKeys key;
    private final ExecutionOrder order;
    private final AdminRoute route;

    BrokerPortApi(ApiKeys key, ExecutionOrder order, AdminRoute route) {
        this.key = key;
        this.order = order;
        this.route = route;
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
        return client.means().isPresent()
                ? route.answerFromAny(call, client)
                : CompletableFuture.completedFuture(ErrorResponses.error(
                        call,
                        Errors.UNSUPPORTED_VERSION,
                        "the proxy cannot know which broker is meant: give brokers ports with broker.port.base"));
    }
}
