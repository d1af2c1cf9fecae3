package io.narrows.proxy.api;

import java.util.concurrent.CompletableFuture;

/** Answers the part of a call that {@link Permissions} let pass. Called on the event loop of the client's connection. */
interface PermittedHandler {
    CompletableFuture<Answer> answer(ApiCall call);
}
