package io.narrows.router.upstream;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * The connections to brokers that belong to one client connection, for requests that a broker holds back: it handles
 * one request of a connection at a time, so on a shared connection they would delay all clients. One connection per
 * broker and {@link Use}, opened for the first request. Futures complete on the event loop of the client's connection,
 * and fail as those of {@link Upstream} do.
 */
public interface ClientUpstream extends AutoCloseable {
    /** What a connection carries; uses do not wait for each other. */
    enum Use {
        FETCH,
        COORDINATOR,
        ADMIN,
        SHARE
    }

    /** A request in a version that the brokers speak, and how long its answer may take. */
    record Request(ApiKeys api, short version, String clientId, ApiMessage message, long timeoutMs) {}

    /** What the client says it is; connections opened later say the same to brokers. On the event loop. */
    void introduce(String softwareName, String softwareVersion);

    /** May be called from any thread. A response without a waiting caller is released if it is counted. */
    <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader);

    /** The same, with the answer's message. */
    default CompletableFuture<ApiMessage> send(Use use, int brokerId, Request request) {
        return send(use, brokerId, request, ResponseReader.MESSAGE);
    }

    /**
     * So many bytes of records a fetch of the client should ask for at most: as many as fit into the memory for answers
     * when all connections of the client ask for as many. On the event loop.
     */
    int fetchBytes(String clientId);

    /** Reads no more answers to fetches until {@link #resumeFetches}: the client is slow. On the event loop. */
    void pauseFetches();

    void resumeFetches();

    /** Closes the connections; what has no answer fails. On the event loop. */
    @Override
    void close();
}
