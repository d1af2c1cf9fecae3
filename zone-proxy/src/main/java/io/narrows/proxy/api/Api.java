package io.narrows.proxy.api;

import io.narrows.router.upstream.Upstream.VersionRange;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;

/** Answers one Kafka API. Called on the event loop of the client's connection, in the order of the requests. */
interface Api {
    ApiKeys key();

    /** The versions the proxy can route; what brokers offer narrows it further. */
    default VersionRange versions() {
        return ApiRouting.versions(key());
    }

    ExecutionOrder order();

    /** May complete on any thread. A failure ends the connection, so errors that Kafka has a code for are replies. */
    CompletableFuture<Answer> answer(ApiCall call, Client client);
}
