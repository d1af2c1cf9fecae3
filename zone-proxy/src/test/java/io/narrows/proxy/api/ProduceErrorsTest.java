package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.Wire;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.VirtualCluster;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Produce requests that no client library sends, or sends rarely: the answers are those of a broker. */
final class ProduceErrorsTest {
    private static final String ONE_NODE = "one-node";

    private final FakeCluster cluster = new FakeCluster();

    @BeforeEach
    void topic() {
        cluster.createTopic("orders", 3);
    }

    private ProduceApi api(PartitionGate gate) {
        VirtualCluster virtual = new VirtualCluster(900, 3, "a", List.of("test-*"));
        return new ProduceApi(
                new ProduceApi.Dependencies(cluster, new ProduceResponses(virtual), gate),
                cluster.connect(),
                Runnable::run);
    }

    private static ByteBuf bytes(BaseRecords records) {
        return Unpooled.wrappedBuffer(((MemoryRecords) records).buffer());
    }

    private List<PartitionProduceResponse> send(ProduceApi api, String software, int version, ProduceRequestData data) {
        Client client = new Client("User", "alice", "10.0.0.9", new Endpoint("proxy", 9192), software);
        ApiCall call = new ApiCall(
                ApiKeys.PRODUCE, "client", new ProduceRequest(data, (short) version), ProduceErrorsTest::bytes);
        CompletableFuture<Answer> answer = api.answer(call, client);
        ProduceResponseData response = (ProduceResponseData) ((Answer.Reply) answer.join()).body();
        return response.responses().stream()
                .flatMap(topic -> topic.partitionResponses().stream())
                .toList();
    }

    private Errors error(int version, ProduceRequestData data) {
        PartitionProduceResponse only =
                send(api(PartitionGate.OPEN), "test-client", version, data).get(0);
        assertThat(only.errorMessage()).isNull();
        return Errors.forCode(only.errorCode());
    }

    private Errors error(byte[] records) {
        return error(9, Wire.produce(-1, "orders", MemoryRecords.readableRecords(ByteBuffer.wrap(records))));
    }

    private static byte[] batch() {
        ByteBuffer buffer = Wire.batch("a").buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static byte[] batchAnd(byte[] rest) {
        byte[] batch = batch();
        return ByteBuffer.allocate(batch.length + rest.length)
                .put(batch)
                .put(rest)
                .array();
    }

    private static byte[] header(int length, int magic) {
        return ByteBuffer.allocate(17)
                .putLong(0)
                .putInt(length)
                .putInt(0)
                .put((byte) magic)
                .array();
    }

    @Test
    void bytesThatCannotBeASecondBatchAreCutOff() {
        assertThat(error(batchAnd(new byte[7]))).isEqualTo(Errors.NONE);
        assertThat(error(batchAnd(header(1_000, 2)))).isEqualTo(Errors.NONE);
        assertThat(cluster.log("orders", 0))
                .hasSize(2)
                .allSatisfy(appended -> assertThat(appended.bytes()).isEqualTo(batch()));
    }

    @Test
    void aSecondBatchAndCorruptBytesAreRefused() {
        assertThat(error(batchAnd(batch()))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(error(batchAnd(new byte[12]))).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(error(batchAnd(header(1_000, 3)))).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(error(header(-1, 2))).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(error(header(Integer.MAX_VALUE, 2))).isEqualTo(Errors.INVALID_RECORD);
        assertThat(error(header(5, 1))).isEqualTo(Errors.CORRUPT_MESSAGE);
        assertThat(error(new byte[0])).isEqualTo(Errors.INVALID_RECORD);
        assertThat(error(new byte[11])).isEqualTo(Errors.INVALID_RECORD);
        assertThat(cluster.log("orders", 0)).isEmpty();
    }

    @Test
    void everyTruncationAndSizeOfABatchIsAnAnswer() {
        byte[] batch = batchAnd(batch());
        for (int size = 0; size <= batch.length; size++) {
            error(ByteBuffer.allocate(size).put(batch, 0, size).array());
        }
        for (int length = -100; length < 300; length++) {
            error(ByteBuffer.wrap(batch.clone()).putInt(8, length).array());
        }
    }

    @Test
    void aPartitionThatIsThereTwiceIsTakenAndAnsweredOnce() {
        ProduceRequestData data = Wire.produce(-1, "orders", Wire.batch("first"));
        data.topicData()
                .iterator()
                .next()
                .partitionData()
                .add(new PartitionProduceData().setIndex(0).setRecords(Wire.batch("last")));
        assertThat(send(api(PartitionGate.OPEN), "test-client", 9, data)).hasSize(1);
        assertThat(cluster.log("orders", 0)).hasSize(1);
        assertThat(new String(cluster.log("orders", 0).get(0).bytes(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("last");
    }

    @Test
    void theIdOfNoTopicIsAnUnknownId() {
        ProduceRequestData data = Wire.produce(-1, "", Wire.batch("a"));
        assertThat(error(13, data)).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        assertThat(error(12, data)).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        data.topicData().iterator().next().setTopicId(Uuid.randomUuid());
        assertThat(error(13, data)).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
    }

    @Test
    void anInvalidBatchIsRefusedBeforeInvalidAcks() {
        assertThat(error(9, Wire.produce(2, "orders", Wire.batch("a")))).isEqualTo(Errors.INVALID_REQUIRED_ACKS);
        assertThat(error(9, Wire.produce(2, "orders", MemoryRecords.EMPTY))).isEqualTo(Errors.INVALID_RECORD);
    }

    @Test
    void onlyAClientThatHasOneConnectionIsToldOfAGapAsByABroker() {
        ProduceRequestData data = Wire.produce(-1, "orders", Wire.batch("a"));
        send(api(PartitionGate.OPEN), ONE_NODE, 9, data);
        send(api(PartitionGate.OPEN), "test-client", 9, data);
        PartitionGate gateway = new PartitionGate() {
            @Override
            public boolean tryEnter(String topic, int partition) {
                return true;
            }

            @Override
            public void leave(String topic, int partition) {}

            @Override
            public CompletableFuture<Void> othersReady() {
                return CompletableFuture.completedFuture(null);
            }
        };
        send(api(gateway), ONE_NODE, 9, data);
        assertThat(cluster.log("orders", 0))
                .extracting(appended -> appended.call().sequenceGap())
                .containsExactly(
                        Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                        Errors.NOT_LEADER_OR_FOLLOWER,
                        Errors.NOT_LEADER_OR_FOLLOWER);
    }
}
