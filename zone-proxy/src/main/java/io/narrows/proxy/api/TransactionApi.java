package io.narrows.proxy.api;

import io.narrows.router.upstream.Upstream.VersionRange;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;

/** A step of a transaction: passed on to the coordinator of its transactional id, or of its group. */
final class TransactionApi implements Api {
    private final ApiKeys key;
    private final short maxVersion;
    private final Coordinators coordinators;

    TransactionApi(ApiKeys key, short maxVersion, Coordinators coordinators) {
        this.key = key;
        this.maxVersion = maxVersion;
        this.coordinators = coordinators;
    }

    @Override
    public ApiKeys key() {
        return key;
    }

    @Override
    public VersionRange versions() {
        return new VersionRange(key.oldestVersion(), maxVersion);
    }

    @Override
    public ExecutionOrder order() {
        return ExecutionOrder.BARRIER;
    }

    @Override
    public CompletableFuture<Answer> answer(ApiCall call, Client client) {
        return coordinators.send(coordinatorKey(call.message()), call);
    }

    private static Coordinators.Key coordinatorKey(ApiMessage request) {
        if (request instanceof AddPartitionsToTxnRequestData add) {
            return transaction(add.v3AndBelowTransactionalId());
        } else if (request instanceof AddOffsetsToTxnRequestData add) {
            return transaction(add.transactionalId());
        } else if (request instanceof EndTxnRequestData end) {
            return transaction(end.transactionalId());
        } else if (request instanceof TxnOffsetCommitRequestData commit) {
            return new Coordinators.Key(CoordinatorType.GROUP, commit.groupId());
        }
        throw new IllegalArgumentException(
                "no coordinator for " + request.getClass().getSimpleName());
    }

    private static Coordinators.Key transaction(String transactionalId) {
        return new Coordinators.Key(CoordinatorType.TRANSACTION, transactionalId);
    }
}
