package io.narrows.proxy.api;

import io.narrows.router.upstream.Upstream;
import io.narrows.router.upstream.Upstream.Target.AnyBroker;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * An API (of telemetry) that any broker answers and whose answer holds no address: passed on unchanged, both ways.
 * Without a broker the client is told to come back later.
 */
final class PassThroughApi implements Api {
    private final ApiKeys key;
    private final Upstream upstream;

    PassThroughApi(ApiKeys key, Upstream upstream) {
        this.key = key;
        this.upstream = upstream;
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
                .<Answer>thenApply(Answer.Reply::new)
                .exceptionally(failure -> Replies.error(call, Errors.THROTTLING_QUOTA_EXCEEDED));
    }
}
