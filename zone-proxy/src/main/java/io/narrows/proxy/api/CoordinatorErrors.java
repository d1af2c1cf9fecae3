package io.narrows.proxy.api;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.message.AddOffsetsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.TxnOffsetCommitResponse;

/** Finds in a response whether the broker that was asked is the coordinator. */
final class CoordinatorErrors {
    private CoordinatorErrors() {}

    /** NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE if the response says so: then nothing was done. */
    static Optional<Errors> in(ApiMessage response) {
        Map<Errors, Integer> errors = errors(response);
        return errors.keySet().stream()
                .filter(error -> error == Errors.NOT_COORDINATOR || error == Errors.COORDINATOR_NOT_AVAILABLE)
                .findFirst();
    }

    private static Map<Errors, Integer> errors(ApiMessage response) {
        if (response instanceof InitProducerIdResponseData data) {
            return one(data.errorCode());
        } else if (response instanceof AddOffsetsToTxnResponseData data) {
            return one(data.errorCode());
        } else if (response instanceof EndTxnResponseData data) {
            return one(data.errorCode());
        } else if (response instanceof AddPartitionsToTxnResponseData data) {
            return new AddPartitionsToTxnResponse(data).errorCounts();
        } else if (response instanceof TxnOffsetCommitResponseData data) {
            return new TxnOffsetCommitResponse(data).errorCounts();
        }
        return Map.of();
    }

    private static Map<Errors, Integer> one(short code) {
        return Map.of(Errors.forCode(code), 1);
    }
}
