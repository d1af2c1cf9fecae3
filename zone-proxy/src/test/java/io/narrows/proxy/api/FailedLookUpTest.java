package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.router.topology.Topology;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every API that looks topics up: a look-up without an answer is not the answer that there is no such topic. */
final class FailedLookUpTest {
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "test-client");
    private static final String TOPIC = "orders";

    private final ApiHarness harness = new ApiHarness();
    private final ClientApis apis = harness.connect(CLIENT);

    static Stream<Arguments> requests() {
        return Stream.of(
                Arguments.of(ApiKeys.PRODUCE, 12, produce(TOPIC, Uuid.ZERO_UUID)),
                Arguments.of(ApiKeys.PRODUCE, 13, produce("", Uuid.randomUuid())),
                Arguments.of(ApiKeys.FETCH, 12, fetch(TOPIC, Uuid.ZERO_UUID)),
                Arguments.of(ApiKeys.FETCH, 17, fetch("", Uuid.randomUuid())),
                Arguments.of(ApiKeys.LIST_OFFSETS, 8, listOffsets(1)),
                Arguments.of(ApiKeys.OFFSET_FOR_LEADER_EPOCH, 4, leaderEpoch()),
                Arguments.of(ApiKeys.DELETE_RECORDS, 2, deleteRecords()),
                Arguments.of(ApiKeys.DESCRIBE_PRODUCERS, 0, describeProducers()));
    }

    private static ProduceRequestData produce(String name, Uuid id) {
        ProduceRequestData data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1_000);
        data.topicData()
                .add(new ProduceRequestData.TopicProduceData()
                        .setName(name)
                        .setTopicId(id)
                        .setPartitionData(List.of(
                                new ProduceRequestData.PartitionProduceData().setRecords(MemoryRecords.EMPTY))));
        return data;
    }

    private static FetchRequestData fetch(String name, Uuid id) {
        return new FetchRequestData()
                .setSessionEpoch(-1)
                .setTopics(List.of(new FetchRequestData.FetchTopic()
                        .setTopic(name)
                        .setTopicId(id)
                        .setPartitions(List.of(new FetchRequestData.FetchPartition()))));
    }

    private static ListOffsetsRequestData listOffsets(int times) {
        List<ListOffsetsPartition> partitions = Stream.generate(ListOffsetsPartition::new)
                .limit(times)
                .map(partition -> partition.setTimestamp(-1))
                .toList();
        return new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(List.of(new ListOffsetsRequestData.ListOffsetsTopic()
                        .setName(TOPIC)
                        .setPartitions(partitions)));
    }

    private static OffsetForLeaderEpochRequestData leaderEpoch() {
        OffsetForLeaderEpochRequestData data = new OffsetForLeaderEpochRequestData().setReplicaId(-1);
        data.topics()
                .add(new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic()
                        .setTopic(TOPIC)
                        .setPartitions(List.of(new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition())));
        return data;
    }

    private static DeleteRecordsRequestData deleteRecords() {
        return new DeleteRecordsRequestData()
                .setTopics(List.of(new DeleteRecordsRequestData.DeleteRecordsTopic()
                        .setName(TOPIC)
                        .setPartitions(List.of(new DeleteRecordsRequestData.DeleteRecordsPartition()))));
    }

    private static DescribeProducersRequestData describeProducers() {
        return new DescribeProducersRequestData()
                .setTopics(List.of(new DescribeProducersRequestData.TopicRequest()
                        .setName(TOPIC)
                        .setPartitionIndexes(List.of(0))));
    }

    private Set<Errors> errors(ApiKeys key, int version, ApiMessage request) {
        Answer answer = harness.answer(apis, key, version, request);
        ApiMessage body =
                answer instanceof Answer.Fetched fetched ? fetched.reply().data() : ((Answer.Reply) answer).body();
        return AbstractResponse.parseResponse(
                        key, MessageUtil.toByteBufferAccessor(body, (short) version), (short) version)
                .errorCounts()
                .keySet();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void isARetriableErrorAndSaysNothingOfTheTopic(ApiKeys key, int version, ApiMessage request) {
        harness.cluster.holdRefreshUntil(CompletableFuture.failedFuture(new TimeoutException("no broker")));
        assertThat(errors(key, version, request))
                .contains(Errors.NOT_LEADER_OR_FOLLOWER)
                .doesNotContain(Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_ID);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void withAnAnswerTheTopicIsUnknown(ApiKeys key, int version, ApiMessage request) {
        boolean byId = (key == ApiKeys.PRODUCE && version >= 13) || (key == ApiKeys.FETCH && version >= 13);
        assertThat(errors(key, version, request))
                .contains(byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void aPartitionTwiceInListOffsetsIsInvalid() {
        harness.cluster.createTopic(TOPIC, 1);
        harness.cluster.refreshTopics(Set.of(TOPIC), Topology.AutoCreate.FORBIDDEN);
        assertThat(errors(ApiKeys.LIST_OFFSETS, 8, listOffsets(2))).containsExactly(Errors.INVALID_REQUEST);
    }
}
