package io.narrows.relay.rpc;

import io.narrows.relay.Checks;
import org.jspecify.annotations.Nullable;

/**
 * What the leader must know of the client's Produce request: acks (-1, 0, 1), time limit, API version (it decides the
 * transaction version and the validation rules), transactional id, and who the client is for authorization and quotas.
 * Whatever can be constructed can be encoded, and the decoder accepts it.
 */
public record ProduceContext(
        short acks,
        int timeoutMs,
        short produceVersion,
        @Nullable String transactionalId,
        String principalType,
        String principalName,
        String clientId,
        String clientAddress) {
    public ProduceContext {
        Checks.argument(acks >= -1 && acks <= 1, "acks must be -1, 0 or 1");
        Checks.argument(timeoutMs >= 0, "the time limit of a request must not be negative");
        Checks.argument(produceVersion >= 0, "the version of a Produce request must not be negative");
        checkString(transactionalId);
        checkString(principalType);
        checkString(principalName);
        checkString(clientId);
        checkString(clientAddress);
    }

    private static void checkString(@Nullable String value) {
        Checks.argument(
                value == null || WireWriter.fits(value),
                "a string of a request context exceeds " + RelayProtocol.MAX_STRING_BYTES + " bytes");
    }
}
