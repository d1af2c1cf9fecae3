package io.narrows.proxy.api;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** An API that any broker answers immediately, without an address in its answer: passed on unchanged, both ways. */
final class PassThroughApi implements Api {
    private final ApiKeys key;
    private final Sender sender;
    private final Errors unreachable;

    /** How a call gets to a broker. */
    interface Sender {
        CompletableFuture<ApiMessage> send(ApiCall call, Client client);
    }

    /** {@code unreachable} is the client's answer without a broker. */
    PassThroughApi(ApiKeys key, Sender sender, Errors unreachable) {
        this.key = key;
        this.sender = sender;
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
        return sender.send(call, client)
                .<Answer>thenApply(
                        response -> new Answer.Reply(response, Responses.throttleTimeMs(key, response, call.version())))
                .exceptionally(failure -> ErrorResponses.error(call, unreachable));
    }
}
