package io.narrows.proxy.api;

import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.router.fetch.ClientFetcher;
import io.narrows.router.fetch.FetchCall;
import io.narrows.router.fetch.FetchReply;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchMetadata;

/**
 * Fetch of consumers: served by the connection's fetcher, with the proxy's nodes in the place of brokers. Whoever asks
 * for a fetch session gets none and sends full requests. One per client connection.
 */
final class FetchApi implements Api {
    private final ClientFetcher fetcher;
    private final VirtualCluster cluster;

    FetchApi(ClientFetcher fetcher, VirtualCluster cluster) {
        this.fetcher = fetcher;
        this.cluster = cluster;
    }

    @Override
    public ApiKeys key() {
        return ApiKeys.FETCH;
    }

    /** The fetcher keeps fetches in order. */
    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.ANY;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        FetchRequestData request = (FetchRequestData) call.message();
        if (request.sessionId() != FetchMetadata.INVALID_SESSION_ID) {
            return CompletableFuture.completedFuture(Replies.error(call, Errors.FETCH_SESSION_ID_NOT_FOUND));
        }
        return fetcher.fetch(new FetchCall(call.version(), call.clientId(), request))
                .<Answer>thenApply(reply -> rewrite(reply, client))
                .exceptionally(failure -> new Answer.Hangup("the client has left"));
    }

    private Answer rewrite(FetchReply reply, Client client) {
        cluster.seenBy(client.software()).rewrite(reply.data(), client.advertised());
        return new Answer.Fetched(reply);
    }
}
