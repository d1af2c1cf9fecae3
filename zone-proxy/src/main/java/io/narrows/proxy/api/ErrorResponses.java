package io.narrows.proxy.api;

import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;

/** Kafka's own error answers. */
final class ErrorResponses {
    private ErrorResponses() {}

    /** The error in the form the request's API has for it; the connection ends when it has none. */
    static Answer error(ApiCall call, Errors error) {
        return error(call, error, error.message());
    }

    static Answer error(ApiCall call, Errors error, String reason) {
        if (call.message() instanceof MetadataRequestData metadata && MetadataParts.isLong(metadata)) {
            // Kafka's error response has an element for each topic, in a table that grows.
            return new Answer.Hangup(reason);
        }
        try {
            AbstractResponse response = call.request().getErrorResponse(0, error.exception(reason));
            return response == null ? new Answer.Hangup(reason) : new Answer.Reply(response.data());
        } catch (RuntimeException e) {
            return new Answer.Hangup(reason);
        }
    }
}
