package io.narrows.relay.rpc;

import org.jspecify.annotations.Nullable;

/**
 * What the leader must know of the client's Produce request: acks (-1, 0, 1), time limit, API version (it decides the
 * transaction version and the validation rules), transactional id, and who the client is for authorization and quotas.
 */
public record ProduceContext(
        short acks,
        int timeoutMs,
        short produceVersion,
        @Nullable String transactionalId,
        String principalType,
        String principalName,
        String clientId,
        String clientAddress) {}
