package io.narrows.proxy.api;

import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** An API that any broker answers at once, without an address in its answer: passed on unchanged, both ways. */
final class PassThroughApi implements Api {
    private final ApiKeys key;
    private final Upstream upstream;
    private final Errors unreachable;

    /** {@code unreachable} is the client's answer without a broker. */
    PassThroughApi(ApiKeys key, Upstream upstream, Errors unreachable) {
        this.key = key;
        this.upstream = upstream;
        this.unreachable = unreachable;
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
        return upstream.send(new AnyBroker(), key, call.version(), call.clientId(), call.message())
                .<Answer>thenApply(
                        response -> new Answer.Reply(response, Responses.throttleTimeMs(key, response, call.version())))
                .exceptionally(failure -> Replies.error(call, unreachable));
    }
}
