package io.narrows.proxy.api;

import java.util.Optional;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** Finds in a response whether the broker that was asked is the coordinator. */
final class CoordinatorErrors {
    private CoordinatorErrors() {}

    /** NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE if the response says so: then nothing was done. */
    static Optional<Errors> in(ApiMessage response, short version) {
        return Responses.errors(response, version).stream()
                .filter(error -> error == Errors.NOT_COORDINATOR || error == Errors.COORDINATOR_NOT_AVAILABLE)
                .findFirst();
    }
}
