package io.narrows.proxy.api;

import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * InitProducerId: from any broker for idempotent producers, from the coordinator for transactional ones. One per client
 * connection.
 */
final class InitProducerIdApi implements Api {
    private final Upstream upstream;
    private final CoordinatorRoute route;

    InitProducerIdApi(Upstream upstream, CoordinatorRoute route) {
        this.upstream = upstream;
        this.route = route;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.INIT_PRODUCER_ID;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.BARRIER;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        String transactionalId = ((InitProducerIdRequestData) call.message()).transactionalId();
        if (transactionalId != null) {
            return route.toTransaction(transactionalId, call);
        }
        // Every client, old or new, tries again on COORDINATOR_LOAD_IN_PROGRESS.
        return upstream.send(new AnyBroker(), key(), call.version(), call.clientId(), call.message())
                .<Answer>thenApply(response ->
                        new Answer.Reply(response, ((InitProducerIdResponseData) response).throttleTimeMs()))
                .exceptionally(failure -> ErrorResponses.error(call, Errors.COORDINATOR_LOAD_IN_PROGRESS));
    }
}
