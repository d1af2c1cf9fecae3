package io.narrows.broker.kafka;

import kafka.server.BrokerServer;
import kafka.server.NetworkUtils;
import kafka.server.ReplicaManager;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceResponse.PartitionResponse;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.server.ActionQueue;
import org.apache.kafka.server.LogAppendResult;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.transaction.AddPartitionsToTxnManager;
import org.apache.kafka.server.transaction.AddPartitionsToTxnManager.TransactionSupportedOperation;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.RecordValidationStats;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import scala.Function1;
import scala.Option;
import scala.collection.Map;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Kafka's replica manager, which tells the relay when an entry is in the local log, and lets the batches of direct
 * clients be staged before their append. Threads are those of the stock class.
 */
final class NarrowsReplicaManager extends ReplicaManager {
    private final DirectStaging directStaging;

    private NarrowsReplicaManager(
            BrokerServer broker,
            ReplicaManager stock,
            AddPartitionsToTxnManager transactions,
            DirectStaging directStaging) {
        super(
                broker.config(),
                broker.metrics(),
                broker.time(),
                broker.kafkaScheduler(),
                stock.logManager(),
                stock.remoteLogManager(),
                broker.quotaManagers(),
                stock.metadataCache(),
                broker.logDirFailureChannel(),
                stock.alterPartitionManager(),
                stock.brokerTopicStats(),
                Option.empty(),
                Option.empty(),
                Option.empty(),
                Option.empty(),
                Option.empty(),
                Option.empty(),
                stock.brokerEpochSupplier(),
                Option.apply(transactions),
                stock.directoryEventHandler(),
                stock.defaultActionQueue());
        this.directStaging = directStaging;
    }

    /** Takes the place of the stock manager, which must not have been started; shuts that down. */
    static NarrowsReplicaManager replacing(ReplicaManager stock, BrokerServer broker, DirectStaging directStaging) {
        stock.shutdown(false);
        AddPartitionsToTxnManager transactions = new CoalescingTxnManager(
                broker.config(),
                NetworkUtils.buildNetworkClient(
                        "NarrowsAddPartitionsManager",
                        broker.config(),
                        broker.metrics(),
                        broker.time(),
                        new LogContext("[CoalescingTxnManager broker="
                                + broker.config().brokerId() + "] ")),
                broker.metadataCache(),
                id -> broker.transactionCoordinator().partitionFor(id),
                broker.time());
        return new NarrowsReplicaManager(broker, stock, transactions, directStaging);
    }

    @Override
    public void handleProduceAppend(
            long timeout,
            short requiredAcks,
            boolean internalTopicsAllowed,
            String transactionalId,
            Map<TopicIdPartition, MemoryRecords> entriesPerPartition,
            Function1<Map<TopicIdPartition, PartitionResponse>, BoxedUnit> responseCallback,
            Function1<Map<TopicIdPartition, RecordValidationStats>, BoxedUnit> recordValidationStatsCallback,
            RequestLocal requestLocal,
            TransactionSupportedOperation transactionSupportedOperation) {
        DirectStaging.ProducePath stock = (records, respond, local) -> super.handleProduceAppend(
                timeout,
                requiredAcks,
                internalTopicsAllowed,
                transactionalId,
                records,
                respond,
                recordValidationStatsCallback,
                local,
                transactionSupportedOperation);
        if (RelayRequest.current() != null || internalTopicsAllowed) {
            stock.append(entriesPerPartition, responseCallback, requestLocal);
        } else {
            directStaging.append(
                    new DirectStaging.Arrival(entriesPerPartition, responseCallback, requestLocal, timeout), stock);
        }
    }

    @Override
    public Map<TopicIdPartition, LogAppendResult> appendRecordsToLeader(
            short requiredAcks,
            boolean internalTopicsAllowed,
            AppendOrigin origin,
            Map<TopicIdPartition, MemoryRecords> entriesPerPartition,
            RequestLocal requestLocal,
            ActionQueue actionQueue,
            Map<TopicPartition, VerificationGuard> verificationGuards,
            short transactionVersion) {
        Map<TopicIdPartition, LogAppendResult> results = super.appendRecordsToLeader(
                requiredAcks,
                internalTopicsAllowed,
                origin,
                entriesPerPartition,
                requestLocal,
                actionQueue,
                verificationGuards,
                transactionVersion);
        RelayRequest relayed = RelayRequest.current();
        if (relayed != null && origin == AppendOrigin.CLIENT) {
            signalAppends(relayed, entriesPerPartition, results);
        }
        return results;
    }

    /**
     * Entries that failed are not signalled: their lane goes on with their answer, which may stop it, and which comes
     * later when another entry of the request waits for the ISR.
     */
    private static void signalAppends(
            RelayRequest relayed,
            Map<TopicIdPartition, MemoryRecords> entries,
            Map<TopicIdPartition, LogAppendResult> results) {
        java.util.Map<TopicIdPartition, MemoryRecords> records = CollectionConverters.asJava(entries);
        CollectionConverters.asJava(results).forEach((partition, result) -> {
            MemoryRecords appended = records.get(partition);
            if (result.exception().isEmpty() && appended != null) {
                relayed.appended(appended);
            }
        });
    }
}
