package io.narrows.proxy.api;

import java.util.concurrent.CompletableFuture;

/**
 * What a client may not ask for through a proxy: the one place in front of all APIs where requests are refused, in part or
 * as a whole, by what they are about. Immutable; any thread.
 */
record Permissions(ClusterApis cluster) {
    CompletableFuture<Answer> answer(ApiCall call, PermittedHandler next) {
        return cluster.answer(call, permitted -> ReservedGroups.answer(permitted, next));
    }
}
