package io.narrows.broker.replica;

import io.narrows.broker.append.DirectStaging;
import io.narrows.broker.append.RelayRequest;
import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.log.RemoteReadMarker;
import io.narrows.broker.read.AnswerMemory;
import io.narrows.broker.read.AnswerRecords;
import io.narrows.broker.read.FetchedAnswers;
import kafka.server.BrokerServer;
import kafka.server.NetworkUtils;
import kafka.server.ReplicaManager;
import kafka.server.ReplicaQuota;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.ProduceResponse.PartitionResponse;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.server.ActionQueue;
import org.apache.kafka.server.LogAppendResult;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.server.storage.log.FetchParams;
import org.apache.kafka.server.storage.log.FetchPartitionData;
import org.apache.kafka.server.transaction.AddPartitionsToTxnManager;
import org.apache.kafka.server.transaction.AddPartitionsToTxnManager.TransactionSupportedOperation;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogReadResult;
import org.apache.kafka.storage.internals.log.RecordValidationStats;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import scala.Function1;
import scala.Option;
import scala.Tuple2;
import scala.collection.Map;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Kafka's replica manager, which tells the relay when an entry is in the local log, and lets the batches of direct
 * clients be staged before their append. Threads are those of the stock class.
 */
public final class NarrowsReplicaManager extends ReplicaManager {
    private final DirectStaging directStaging;
    private final ClientBytes clientBytes;
    private final FollowerFetchBatching followers;
    private final AnswerMemory memory;

    /** What it works with beside Kafka's own parts. */
    public record Dependencies(
            DirectStaging directStaging,
            ClientBytes clientBytes,
            FollowerFetchBatching followers,
            AnswerMemory memory) {}

    private NarrowsReplicaManager(
            BrokerServer broker,
            ReplicaManager stock,
            AddPartitionsToTxnManager transactions,
            Dependencies dependencies) {
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
        directStaging = dependencies.directStaging();
        clientBytes = dependencies.clientBytes();
        followers = dependencies.followers();
        memory = dependencies.memory();
    }

    /** Takes the place of the stock manager, which must not have been started; shuts that down. */
    public static NarrowsReplicaManager replacing(
            ReplicaManager stock, BrokerServer broker, Dependencies dependencies) {
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
        return new NarrowsReplicaManager(broker, stock, transactions, dependencies);
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
            clientBytes.produced(CollectionConverters.asJava(entriesPerPartition));
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

    /** Not between the requests of a run: requests that wait for appends, such as followers' fetches, then get all of them in one response. */
    @Override
    public void tryCompleteActions() {
        RelayRequest relayed = RelayRequest.current();
        if (relayed == null || !relayed.run().goesOn()) {
            super.tryCompleteActions();
        }
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

    // ---- fetching

    /**
     * Fetches of followers wait for more links where that pays.
     *
     * <p>A debugging consumer (replica id -2) may read up to the log's end, and would get links as they are; it reads up to
     * the high watermark instead. A fetch that waited in the purgatory and then found links that are not cached is made
     * once more, through the asynchronous door.
     */
    @Override
    public void fetchMessages(
            FetchParams params,
            Seq<Tuple2<TopicIdPartition, FetchRequest.PartitionData>> partitions,
            ReplicaQuota quota,
            Function1<Seq<Tuple2<TopicIdPartition, FetchPartitionData>>, BoxedUnit> respond) {
        if (params.isFromFollower()) {
            super.fetchMessages(followers.paced(params), partitions, quota, answer -> {
                followers.answered(params, newsIn(answer));
                return respond.apply(answer);
            });
            return;
        }
        FetchParams safe = params.replicaId == FetchRequest.DEBUGGING_CONSUMER_ID
                ? new FetchParams(
                        FetchRequest.ORDINARY_CONSUMER_ID,
                        params.replicaEpoch,
                        params.maxWaitMs,
                        params.minBytes,
                        params.maxBytes,
                        FetchIsolation.HIGH_WATERMARK,
                        params.clientMetadata)
                : params;
        fetch(safe, partitions, quota, answer -> {
            if (RemoteReadMarker.take()) {
                AnswerRecords.releaseUnsent(answer);
                fetch(safe, partitions, quota, counted(safe, respond));
                return BoxedUnit.UNIT;
            }
            return counted(safe, respond).apply(answer);
        });
    }

    private void fetch(
            FetchParams params,
            Seq<Tuple2<TopicIdPartition, FetchRequest.PartitionData>> partitions,
            ReplicaQuota quota,
            Function1<Seq<Tuple2<TopicIdPartition, FetchPartitionData>>, BoxedUnit> respond) {
        FetchedAnswers.Collection answers = FetchedAnswers.begin();
        try {
            super.fetchMessages(params, partitions, quota, respond);
        } finally {
            answers.end();
        }
    }

    /** A partition's news count as what their first batch is; a stretch of a file is too long to be a few links. */
    private static FollowerFetchBatching.News newsIn(Seq<Tuple2<TopicIdPartition, FetchPartitionData>> answer) {
        long bytes = 0;
        long linkBytes = 0;
        for (Tuple2<TopicIdPartition, FetchPartitionData> partition : CollectionConverters.asJava(answer)) {
            Records records = partition._2().records;
            int size = records.sizeInBytes();
            bytes += size;
            if (size >= BatchHeader.SIZE
                    && records instanceof MemoryRecords inMemory
                    && LinkBatch.isLink(inMemory.buffer(), inMemory.buffer().position())) {
                linkBytes += size;
            }
        }
        return new FollowerFetchBatching.News(bytes, linkBytes);
    }

    private Function1<Seq<Tuple2<TopicIdPartition, FetchPartitionData>>, BoxedUnit> counted(
            FetchParams params, Function1<Seq<Tuple2<TopicIdPartition, FetchPartitionData>>, BoxedUnit> respond) {
        return answer -> {
            clientBytes.fetched(params, answer);
            Seq<Tuple2<TopicIdPartition, FetchPartitionData>> counted = AnswerRecords.in(answer, memory);
            try {
                return respond.apply(counted);
            } finally {
                // Throttled, or the session has changed: the response is another one.
                AnswerRecords.releaseUnsent(counted);
            }
        };
    }

    /** Leaves a mark only for the callback that stock code calls next, on this thread, when a fetch leaves the purgatory. */
    @Override
    public Seq<Tuple2<TopicIdPartition, LogReadResult>> readFromLog(
            FetchParams params,
            Seq<Tuple2<TopicIdPartition, FetchRequest.PartitionData>> partitions,
            ReplicaQuota quota,
            boolean readFromPurgatory) {
        RemoteReadMarker.forget();
        Seq<Tuple2<TopicIdPartition, LogReadResult>> results =
                super.readFromLog(params, partitions, quota, readFromPurgatory);
        if (!readFromPurgatory || params.shareFetchRequest) {
            RemoteReadMarker.forget();
        }
        for (Tuple2<TopicIdPartition, LogReadResult> result : CollectionConverters.asJava(results)) {
            if (result._2().info().delayedRemoteStorageFetch.isPresent()) {
                FetchedAnswers.partsToCome();
            }
            if (params.shareFetchRequest && result._2().info().records instanceof AnswerRecords answer) {
                // Its batches are looked at, and what is not acquired is dropped without a word.
                MemoryRecords unused = answer.onHeap();
            }
        }
        return results;
    }
}
