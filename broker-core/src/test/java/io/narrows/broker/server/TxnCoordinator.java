package io.narrows.broker.server;

import io.narrows.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AddPartitionsToTxnRequest;
import org.apache.kafka.common.requests.AddPartitionsToTxnResponse;
import org.apache.kafka.common.requests.EndTxnRequest;
import org.apache.kafka.common.requests.EndTxnResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;

/** A transactional producer's conversation with its coordinator, over one socket. Owned by the test thread. */
final class TxnCoordinator implements AutoCloseable {
    private final String transactionalId;
    private final KafkaSocket socket;
    private long producerId;
    private short epoch;

    TxnCoordinator(String bootstrap, String transactionalId) throws IOException {
        this.transactionalId = transactionalId;
        String[] first = bootstrap.split(",")[0].split(":");
        FindCoordinatorResponseData.Coordinator[] found = new FindCoordinatorResponseData.Coordinator[1];
        Await.until("the transaction coordinator is there", Duration.ofSeconds(60), () -> {
            found[0] = find(first[0], Integer.parseInt(first[1]));
            return found[0].errorCode() == 0;
        });
        socket = new KafkaSocket(found[0].host(), found[0].port());
        Await.until("the producer has its id", Duration.ofSeconds(60), this::init);
    }

    private FindCoordinatorResponseData.Coordinator find(String host, int port) throws IOException {
        try (KafkaSocket any = new KafkaSocket(host, port)) {
            FindCoordinatorResponse response =
                    any.call(new FindCoordinatorRequest.Builder(new FindCoordinatorRequestData()
                                    .setKeyType(FindCoordinatorRequest.CoordinatorType.TRANSACTION.id())
                                    .setCoordinatorKeys(List.of(transactionalId)))
                            .build());
            return response.data().coordinators().get(0);
        }
    }

    private boolean init() throws IOException {
        InitProducerIdResponse response = socket.call(new InitProducerIdRequest.Builder(new InitProducerIdRequestData()
                        .setTransactionalId(transactionalId)
                        .setTransactionTimeoutMs(60_000)
                        .setProducerId(-1)
                        .setProducerEpoch((short) -1))
                .build());
        InitProducerIdResponseData data = response.data();
        producerId = data.producerId();
        epoch = data.producerEpoch();
        return data.errorCode() == 0;
    }

    String transactionalId() {
        return transactionalId;
    }

    long producerId() {
        return producerId;
    }

    short epoch() {
        return epoch;
    }

    /** What a producer of the first transaction version does before it produces. */
    void addPartitions(String topic, int partitions) {
        AddPartitionsToTxnTopicCollection topics = new AddPartitionsToTxnTopicCollection();
        topics.add(new AddPartitionsToTxnTopic()
                .setName(topic)
                .setPartitions(IntStream.range(0, partitions).boxed().toList()));
        Await.until("the partitions are in the transaction", Duration.ofSeconds(30), () -> {
            AddPartitionsToTxnResponse response = socket.call(new AddPartitionsToTxnRequest(
                    new AddPartitionsToTxnRequestData()
                            .setV3AndBelowTransactionalId(transactionalId)
                            .setV3AndBelowProducerId(producerId)
                            .setV3AndBelowProducerEpoch(epoch)
                            .setV3AndBelowTopics(topics),
                    (short) 3));
            return response.data().resultsByTopicV3AndBelow().stream()
                    .flatMap(one -> one.resultsByPartition().stream())
                    .allMatch(one -> one.partitionErrorCode() == 0);
        });
    }

    /** Commits or aborts; true if that began a new producer epoch. */
    boolean end(boolean commit, short produceVersion) throws IOException {
        short[] error = new short[1];
        EndTxnResponseData[] data = new EndTxnResponseData[1];
        Await.until("the transaction has ended", Duration.ofSeconds(30), () -> {
            EndTxnResponse response = socket.call(new EndTxnRequest.Builder(
                            new EndTxnRequestData()
                                    .setTransactionalId(transactionalId)
                                    .setProducerId(producerId)
                                    .setProducerEpoch(epoch)
                                    .setCommitted(commit),
                            true,
                            produceVersion >= 12)
                    .build(produceVersion >= 12 ? (short) 5 : (short) 4));
            data[0] = response.data();
            error[0] = response.data().errorCode();
            return Errors.forCode(error[0]) != Errors.CONCURRENT_TRANSACTIONS;
        });
        if (error[0] != 0) {
            throw new IOException("EndTxn failed: " + Errors.forCode(error[0]));
        }
        if (produceVersion < 12) {
            return false;
        }
        producerId = data[0].producerId();
        epoch = data[0].producerEpoch();
        return true;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
