package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.Wire;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.topology.TopicView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ProduceRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProduceApiTest {
    private static final Client CLIENT =
            new Client("User", "alice", "10.0.0.9", new Endpoint("proxy", 9192), "test-client");

    private static final long PRODUCER = 4_000;

    private final FakeCluster cluster = new FakeCluster();
    private final ProduceApi api = new ProduceApi(
            new ProduceApi.Dependencies(
                    cluster,
                    new ProduceResponses(new VirtualCluster(900, 3, "a", List.of("test-*"))),
                    PartitionGate.OPEN),
            cluster.connect(),
            Runnable::run);
    private TopicView orders;

    @BeforeEach
    void topic() {
        orders = cluster.createTopic("orders", 3);
    }

    private static ByteBuf bytes(BaseRecords records) {
        return Unpooled.wrappedBuffer(((MemoryRecords) records).buffer());
    }

    private CompletableFuture<Answer> send(int version, ProduceRequestData request) {
        ApiCall call = new ApiCall(
                ApiKeys.PRODUCE, "test-client", new ProduceRequest(request, (short) version), ProduceApiTest::bytes);
        return api.answer(call, CLIENT);
    }

    private ProduceResponseData produce(int version, ProduceRequestData request) {
        Answer.Reply reply = (Answer.Reply) send(version, request).join();
        return (ProduceResponseData) reply.body();
    }

    private static PartitionProduceResponse only(ProduceResponseData response) {
        return response.responses().iterator().next().partitionResponses().get(0);
    }

    private static Errors errorOf(ProduceResponseData response) {
        return Errors.forCode(only(response).errorCode());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void topicsByNameAreProducedTo(int version) {
        ProduceResponseData response = produce(version, Wire.produce(-1, "orders", Wire.batch("a", "b")));
        assertThat(errorOf(response)).isEqualTo(Errors.NONE);
        FakeCluster.Appended appended = cluster.log("orders", 0).get(0);
        assertThat(appended.call().context().produceVersion()).isEqualTo((short) version);
        assertThat(appended.call().context().principalName()).isEqualTo("alice");
        assertThat(appended.call().context().clientAddress()).isEqualTo("10.0.0.9");
        assertThat(appended.batch().producer().isIdempotent()).isFalse();
    }

    @Test
    void topicsByIdAreProducedToAndNamedByIdInTheAnswer() {
        Uuid id = new Uuid(orders.id().getMostSignificantBits(), orders.id().getLeastSignificantBits());
        ProduceResponseData response = produce(13, byId(id));
        assertThat(errorOf(response)).isEqualTo(Errors.NONE);
        assertThat(response.responses().iterator().next().topicId()).isEqualTo(id);
    }

    private static ProduceRequestData byId(Uuid id) {
        TopicProduceData topic = new TopicProduceData().setTopicId(id);
        topic.partitionData().add(new PartitionProduceData().setIndex(1).setRecords(Wire.batch("a")));
        ProduceRequestData request =
                new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1_000);
        request.topicData().add(topic);
        return request;
    }

    @Test
    void whatDoesNotExistGetsTheErrorOfABroker() {
        assertThat(errorOf(produce(9, Wire.produce(-1, "nowhere", Wire.batch("a")))))
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(errorOf(produce(13, byId(new Uuid(1, 2))))).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        ProduceRequestData request = Wire.produce(-1, "orders", Wire.batch("a"));
        request.topicData().iterator().next().partitionData().get(0).setIndex(77);
        assertThat(errorOf(produce(9, request))).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void aBatchThatTheGateRefusesIsNotTakenAndItsClientIsToldWhoLeads() {
        Set<Integer> entered = new HashSet<>();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        PartitionGate gate = new PartitionGate() {
            @Override
            public boolean tryEnter(String topic, int partition) {
                return partition != 1 && entered.add(partition);
            }

            @Override
            public void leave(String topic, int partition) {
                entered.remove(partition);
            }

            @Override
            public CompletableFuture<Void> othersReady() {
                return ready;
            }
        };
        VirtualCluster virtual = new VirtualCluster(900, 3, "a", List.of("test-*"));
        ProduceApi gated = new ProduceApi(
                new ProduceApi.Dependencies(cluster, new ProduceResponses(virtual), gate),
                cluster.connect(),
                Runnable::run);
        ProduceRequestData request = Wire.produce(-1, "orders", Wire.batch("a"), Wire.batch("b"), Wire.batch("c"));
        ApiCall call = new ApiCall(
                ApiKeys.PRODUCE, "test-client", new ProduceRequest(request, (short) 12), ProduceApiTest::bytes);

        CompletableFuture<Answer> answer = gated.answer(call, CLIENT);
        assertThat(answer).as("before others take over").isNotDone();
        assertThat(entered).as("what was taken is finished all the same").isEmpty();
        ready.complete(null);

        ProduceResponseData response = (ProduceResponseData) ((Answer.Reply) answer.join()).body();
        List<PartitionProduceResponse> partitions =
                response.responses().iterator().next().partitionResponses();
        assertThat(partitions)
                .extracting(partition -> Errors.forCode(partition.errorCode()))
                .containsExactly(Errors.NONE, Errors.NOT_LEADER_OR_FOLLOWER, Errors.NONE);
        assertThat(partitions.get(1).currentLeader().leaderId())
                .isEqualTo(virtual.node("orders", 1, FakeCluster.REAL_BROKER));
        assertThat(response.nodeEndpoints().valuesSet()).hasSize(1);
        assertThat(cluster.log("orders", 1)).isEmpty();
        assertThat(entered).isEmpty();
    }

    @Test
    void oneBadBatchFailsAlone() {
        MemoryRecords cutOff =
                MemoryRecords.readableRecords(Wire.batch("b").buffer().slice(0, 40));
        ProduceResponseData response = produce(9, Wire.produce(-1, "orders", Wire.batch("a"), cutOff, Wire.batch("c")));
        assertThat(response.responses().iterator().next().partitionResponses())
                .extracting(partition -> Errors.forCode(partition.errorCode()))
                .containsExactly(Errors.NONE, Errors.INVALID_RECORD, Errors.NONE);
        assertThat(cluster.log("orders", 2)).hasSize(1);
    }

    @Test
    void twoBatchesForOnePartitionAreRefused() {
        java.nio.ByteBuffer one = Wire.batch("a").buffer();
        java.nio.ByteBuffer two = java.nio.ByteBuffer.allocate(2 * one.remaining());
        two.put(one.duplicate()).put(one.duplicate()).flip();
        assertThat(errorOf(produce(9, Wire.produce(-1, "orders", MemoryRecords.readableRecords(two)))))
                .isEqualTo(Errors.INVALID_RECORD);
    }

    @Test
    void emptyAndMissingRecordsAreRefused() {
        assertThat(errorOf(produce(9, Wire.produce(-1, "orders", MemoryRecords.EMPTY))))
                .isEqualTo(Errors.INVALID_RECORD);
        assertThat(errorOf(produce(9, Wire.produce(-1, "orders", (MemoryRecords) null))))
                .isEqualTo(Errors.INVALID_RECORD);
    }

    @Test
    void anImpossibleAcksIsRefused() {
        assertThat(errorOf(produce(9, Wire.produce(2, "orders", Wire.batch("a")))))
                .isEqualTo(Errors.INVALID_REQUIRED_ACKS);
    }

    /** A broker takes it for none, and so must whatever carries it on. */
    @Test
    void aNegativeTimeLimitIsTakenForNone() {
        ProduceRequestData request = Wire.produce(-1, "orders", Wire.batch("a")).setTimeoutMs(Integer.MIN_VALUE);

        assertThat(errorOf(produce(9, request))).isEqualTo(Errors.NONE);
        assertThat(cluster.log("orders", 0).get(0).call().context().timeoutMs()).isZero();
    }

    @Test
    void aRequestWithoutTopicsIsAnsweredEmpty() {
        assertThat(produce(9, new ProduceRequestData().setAcks((short) -1)).responses())
                .isEmpty();
    }

    @Test
    void theLongestThrottleTimeIsPassedOn() {
        cluster.answerWith(
                batch -> new BatchOutcome((short) 0, 0, -1, 0, 100 * (batch.partition() + 1), -1, null, List.of()));
        Answer.Reply reply = (Answer.Reply) send(9, Wire.produce(-1, "orders", Wire.batch("a"), Wire.batch("b")))
                .join();
        assertThat(reply.throttleTimeMs()).isEqualTo(200);
        assertThat(((ProduceResponseData) reply.body()).throttleTimeMs()).isEqualTo(200);
    }

    @Test
    void aLeaderHintNamesTheProxyWithTheNewEpoch() {
        cluster.answerWith(
                batch -> new BatchOutcome(Errors.NOT_LEADER_OR_FOLLOWER.code(), -1, -1, -1, 0, 12, "moved", List.of()));
        ProduceResponseData response = produce(10, Wire.produce(-1, "orders", Wire.batch("a"), Wire.batch("b")));
        List<PartitionProduceResponse> partitions =
                response.responses().iterator().next().partitionResponses();
        assertThat(partitions)
                .allSatisfy(partition ->
                        assertThat(partition.currentLeader().leaderEpoch()).isEqualTo(12));
        assertThat(response.nodeEndpoints())
                .extracting(NodeEndpoint::nodeId)
                .as("the leader's partitions are spread over its nodes")
                .doesNotHaveDuplicates()
                .isSubsetOf(900, 901, 902)
                .containsExactlyInAnyOrderElementsOf(partitions.stream()
                        .map(partition -> partition.currentLeader().leaderId())
                        .toList());
        assertThat(response.nodeEndpoints()).hasSize(2).allSatisfy(node -> {
            assertThat(node.host()).isEqualTo("proxy");
            assertThat(node.port()).isEqualTo(9192);
        });
        assertThat(produce(9, Wire.produce(-1, "orders", Wire.batch("a"))).nodeEndpoints())
                .isEmpty();
    }

    @Test
    void acksZeroIsSilentAndAnErrorEndsTheConnection() {
        assertThat(send(9, Wire.produce(0, "orders", Wire.batch("a"))).join()).isInstanceOf(Answer.Silence.class);
        assertThat(send(9, Wire.produce(0, "nowhere", Wire.batch("a"))).join()).isInstanceOf(Answer.Hangup.class);
    }

    @Test
    void aRequestThatWaitsForItsTopicHoldsBackThoseBehindIt() {
        produce(9, Wire.produce(-1, "orders", Wire.batch("known")));
        cluster.createTopic("new", 1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        cluster.holdRefreshUntil(release);
        CompletableFuture<Answer> first = send(9, Wire.produce(-1, "new", Wire.batch("1")));
        CompletableFuture<Answer> second = send(9, Wire.produce(-1, "orders", Wire.batch("2")));
        assertThat(first).isNotDone();
        assertThat(second).isNotDone();
        assertThat(cluster.log("orders", 0)).hasSize(1);
        release.complete(null);
        assertThat(first).isDone();
        assertThat(second).isDone();
        assertThat(cluster.log("orders", 0)).hasSize(2);
    }

    @Test
    void aLookUpThatFailsMakesTheClientTryAgain() {
        cluster.holdRefreshUntil(CompletableFuture.failedFuture(new IllegalStateException("no broker")));
        assertThat(errorOf(produce(9, Wire.produce(-1, "orders", Wire.batch("a")))))
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
    }

    @Test
    void aBatchBehindOneThatWasRefusedIsRefusedUntilThatComesAgain() {
        assertThat(errorOf(produce(9, Wire.produce(-1, "later", Wire.batch(PRODUCER, 0, "a")))))
                .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        cluster.createTopic("later", 1);
        assertThat(errorOf(produce(9, Wire.produce(-1, "later", Wire.batch(PRODUCER, 1, "b")))))
                .isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(errorOf(produce(9, Wire.produce(-1, "later", Wire.batch(PRODUCER + 1, 1, "other")))))
                .isEqualTo(Errors.NONE);

        assertThat(errorOf(produce(9, Wire.produce(-1, "later", Wire.batch(PRODUCER, 0, "a")))))
                .isEqualTo(Errors.NONE);
        assertThat(errorOf(produce(9, Wire.produce(-1, "later", Wire.batch(PRODUCER, 1, "b")))))
                .isEqualTo(Errors.NONE);
        assertThat(cluster.log("later", 0)).hasSize(3);
    }

    @Test
    void theTopicIdOfTheRequestReachesTheLanes() {
        produce(9, Wire.produce(1, "orders", Wire.batch("a")));
        UUID id = cluster.log("orders", 0).get(0).batch().topicId();
        assertThat(id).isEqualTo(orders.id());
    }
}
