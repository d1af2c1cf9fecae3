package io.narrows.broker.server;

import io.narrows.broker.log.LinkServices;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.ObjectStore;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import kafka.server.BrokerServer;
import kafka.server.NetworkUtils;
import kafka.server.QuotaFactory;
import kafka.server.ReplicaManager;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceResponse.PartitionResponse;
import org.apache.kafka.common.utils.Crc32C;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.server.DelayedActionQueue;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.transaction.AddPartitionsToTxnManager;
import org.apache.kafka.storage.internals.log.RecordValidationStats;
import scala.Function1;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/** Stages each batch of a direct client in an object of its own, on the request's thread, before the stock append. */
final class TestStager implements BrokerExtension {
    private static final AtomicInteger SEQUENCE = new AtomicInteger();

    private final ObjectStore store;
    /** Smallest batch to stage, by topic; a topic that is not in here is not staged. */
    static final Map<String, Integer> MIN_BYTES = new ConcurrentHashMap<>();

    TestStager(ObjectStore store) {
        this.store = store;
    }

    @Override
    public ReplicaManager replicaManager(BrokerContext broker, ReplicaManager stock) {
        stock.shutdown(false);
        return new StagingReplicaManager(broker.server(), broker.links(), stock);
    }

    private Pointer stage(MemoryRecords records) {
        ByteBuffer bytes = records.buffer();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        WalObjectId object = new WalObjectId("test", 1, SEQUENCE.incrementAndGet());
        ByteBuf body = Unpooled.buffer().writeLong(42).writeBytes(copy);
        store.put(object.key(), body).join();
        return new Pointer(object, 8, copy.length, (int) Crc32C.compute(copy, 0, copy.length));
    }

    private final class StagingReplicaManager extends ReplicaManager {
        private final LinkServices links;

        StagingReplicaManager(BrokerServer broker, LinkServices links, ReplicaManager stock) {
            super(
                    broker.config(),
                    broker.metrics(),
                    broker.time(),
                    broker.kafkaScheduler(),
                    broker.logManager(),
                    broker.remoteLogManagerOpt(),
                    (QuotaFactory.QuotaManagers) broker.quotaManagers(),
                    broker.metadataCache(),
                    broker.logDirFailureChannel(),
                    broker.alterPartitionManager(),
                    broker.brokerTopicStats(),
                    Option.empty(),
                    Option.empty(),
                    Option.empty(),
                    Option.empty(),
                    Option.empty(),
                    Option.empty(),
                    stock.brokerEpochSupplier(),
                    Option.apply(transactions(broker)),
                    stock.directoryEventHandler(),
                    new DelayedActionQueue());
            this.links = links;
        }

        private static AddPartitionsToTxnManager transactions(BrokerServer broker) {
            return new AddPartitionsToTxnManager(
                    broker.config(),
                    NetworkUtils.buildNetworkClient(
                            "TestAddPartitions", broker.config(), broker.metrics(), broker.time(), new LogContext()),
                    broker.metadataCache(),
                    id -> broker.transactionCoordinator().partitionFor(id),
                    broker.time());
        }

        @Override
        public void handleProduceAppend(
                long timeout,
                short acks,
                boolean internal,
                String transactionalId,
                scala.collection.Map<TopicIdPartition, MemoryRecords> entries,
                Function1<scala.collection.Map<TopicIdPartition, PartitionResponse>, BoxedUnit> respond,
                Function1<scala.collection.Map<TopicIdPartition, RecordValidationStats>, BoxedUnit> stats,
                RequestLocal local,
                AddPartitionsToTxnManager.TransactionSupportedOperation operation) {
            for (var entry : CollectionConverters.asJava(entries).entrySet()) {
                Integer min = MIN_BYTES.get(entry.getKey().topic());
                if (min != null && entry.getValue().sizeInBytes() >= min) {
                    links.staged().put(entry.getValue(), stage(entry.getValue()));
                }
            }
            super.handleProduceAppend(
                    timeout, acks, internal, transactionalId, entries, respond, stats, local, operation);
        }
    }
}
