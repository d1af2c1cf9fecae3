package io.narrows.proxy.api;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.ApiKeys;

/** Answers one Kafka API. Called on the event loop of the client's connection, in the order of the requests. */
interface Api {
    ApiKeys key();

    ExecutionOrder order();

    /** May complete on any thread. A failure ends the connection, so errors that Kafka has a code for are replies. */
    CompletableFuture<Answer> answer(ApiCall call, Client client);
}
