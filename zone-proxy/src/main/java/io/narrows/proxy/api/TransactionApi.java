package io.narrows.proxy.api;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/**
 * A step of a transaction: passed on to the coordinator of its transactional id, or of its group. One per API and client
 * connection.
 */
final class TransactionApi implements Api {
    static final Set<ApiKeys> KEYS = Set.of(
            ApiKeys.ADD_PARTITIONS_TO_TXN, ApiKeys.ADD_OFFSETS_TO_TXN, ApiKeys.TXN_OFFSET_COMMIT, ApiKeys.END_TXN);

    private final ApiKeys key;
    private final CoordinatorRoute route;

    /** For one of {@link #KEYS}. */
    TransactionApi(ApiKeys key, CoordinatorRoute route) {
        this.key = key;
        this.route = route;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.BARRIER;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        ApiMessage request = call.message();
        if (request instanceof AddPartitionsToTxnRequestData add) {
            return route.toTransaction(add.v3AndBelowTransactionalId(), call);
        } else if (request instanceof AddOffsetsToTxnRequestData add) {
            return route.toTransaction(add.transactionalId(), call);
        } else if (request instanceof EndTxnRequestData end) {
            return route.toTransaction(end.transactionalId(), call);
        } else if (request instanceof TxnOffsetCommitRequestData commit) {
            return route.toGroup(commit.groupId(), call, Errors.COORDINATOR_NOT_AVAILABLE);
        }
        throw new IllegalArgumentException(
                "no coordinator key in " + request.getClass().getSimpleName());
    }
}
