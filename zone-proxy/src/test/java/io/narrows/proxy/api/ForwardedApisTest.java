package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.router.upstream.Upstream.Target.BrokerId;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsRequestData;
import org.apache.kafka.common.message.GetTelemetrySubscriptionsResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;

/** APIs that brokers answer, and what the proxy changes on the way. */
final class ForwardedApisTest {
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "test-client");

    private final ApiHarness harness = new ApiHarness();
    private final FakeCluster cluster = harness.cluster;
    private final FakeUpstream upstream = harness.upstream;
    private final ClientApis apis = harness.connect(CLIENT);

    private Answer answer(ApiKeys key, int version, ApiMessage request) {
        Answer answer = harness.answer(apis, key, version, request);
        if (answer instanceof Answer.Reply reply) {
            MessageUtil.toByteBufferAccessor(reply.body(), (short) version);
        }
        return answer;
    }

    private <T extends ApiMessage> T reply(Class<T> type, ApiKeys key, int version, ApiMessage request) {
        return type.cast(((Answer.Reply) answer(key, version, request)).body());
    }

    @Test
    void metadataShowsTheProxyAsSeveralNodesAndTheBrokersAtItsAddressInEveryVersion() {
        cluster.createTopic("orders", 3);
        for (short version : ApiKeys.METADATA.allVersions()) {
            MetadataRequestData request =
                    new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName("orders")));
            MetadataResponseData response = reply(MetadataResponseData.class, ApiKeys.METADATA, version, request);
            assertThat(response.brokers())
                    .hasSize(3)
                    .allSatisfy(broker -> assertThat(broker.host()).isEqualTo("proxy.zone-a"));
            if (version > 0) {
                assertThat(response.brokers().find(FakeCluster.REAL_BROKER).rack())
                        .isEqualTo("b");
                assertThat(response.controllerId()).isEqualTo(900);
            }
            assertThat(response.topics().find("orders").partitions()).hasSize(3).allSatisfy(partition -> {
                assertThat(partition.leaderId()).isEqualTo(900);
                assertThat(partition.leaderEpoch()).isEqualTo(FakeCluster.REAL_EPOCH);
                assertThat(partition.replicaNodes())
                        .containsExactly(FakeCluster.REAL_BROKER, FakeCluster.REAL_BROKER + 1);
                assertThat(partition.isrNodes()).containsExactly(FakeCluster.REAL_BROKER);
            });
            assertThat(response.clusterId()).isEqualTo(FakeCluster.CLUSTER_ID);
        }
    }

    /** kafkajs takes every node at its bootstrap address for one broker: batches for the others would be dropped. */
    @Test
    void clientsThatAreNotKnownToKeepNodesApartSeeOne() {
        cluster.createTopic("orders", 3);
        MetadataRequestData request =
                new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName("orders")));
        ApiVersionsRequestData unnamed = new ApiVersionsRequestData();
        ApiVersionsRequestData unknown =
                new ApiVersionsRequestData().setClientSoftwareName("other").setClientSoftwareVersion("1");
        ApiVersionsRequestData known =
                new ApiVersionsRequestData().setClientSoftwareName("test-java").setClientSoftwareVersion("1");
        assertThat(nodesSeen(2, unnamed, request)).containsExactly(900);
        assertThat(nodesSeen(3, unknown, request)).containsExactly(900);
        assertThat(nodesSeen(3, known, request)).containsExactly(FakeCluster.REAL_BROKER, 900, 901);
    }

    private List<Integer> nodesSeen(int version, ApiVersionsRequestData introduction, MetadataRequestData request) {
        Answer unused = answer(ApiKeys.API_VERSIONS, version, introduction);
        MetadataResponseData response = reply(MetadataResponseData.class, ApiKeys.METADATA, 6, request);
        List<Integer> leaders = response.topics().find("orders").partitions().stream()
                .map(MetadataResponseData.MetadataResponsePartition::leaderId)
                .toList();
        List<Integer> nodes = response.brokers().stream()
                .map(MetadataResponseData.MetadataResponseBroker::nodeId)
                .sorted()
                .toList();
        assertThat(nodes).containsAll(leaders);
        return nodes;
    }

    @Test
    void metadataComesFromTheLastViewWhileNoBrokerAnswers() {
        cluster.createTopic("orders", 1);
        cluster.refreshTopics(Set.of("orders"), io.narrows.router.topology.Topology.AutoCreate.FORBIDDEN);
        upstream.unreachable(true);
        MetadataRequestData request = new MetadataRequestData()
                .setTopics(List.of(
                        new MetadataRequestTopic().setName("orders"), new MetadataRequestTopic().setName("other")));
        MetadataResponseData response = reply(MetadataResponseData.class, ApiKeys.METADATA, 12, request);
        assertThat(response.topics().find("orders").partitions().get(0).leaderId())
                .isIn(900, 901);
        assertThat(Errors.forCode(response.topics().find("other").errorCode())).isEqualTo(Errors.LEADER_NOT_AVAILABLE);
        assertThat(answer(ApiKeys.METADATA, 12, new MetadataRequestData().setTopics(null)))
                .isInstanceOf(Answer.Hangup.class);
    }

    @Test
    void describeClusterShowsTheBrokersAtTheProxysAddress() {
        upstream.answer(ApiKeys.DESCRIBE_CLUSTER, call -> {
            DescribeClusterResponseData response = new DescribeClusterResponseData().setClusterId("c");
            response.brokers()
                    .add(new DescribeClusterResponseData.DescribeClusterBroker()
                            .setBrokerId(7)
                            .setHost("real-broker.internal")
                            .setRack("b"));
            return response;
        });
        DescribeClusterResponseData response =
                reply(DescribeClusterResponseData.class, ApiKeys.DESCRIBE_CLUSTER, 0, new DescribeClusterRequestData());
        assertThat(response.brokers()).singleElement().satisfies(broker -> {
            assertThat(broker.brokerId()).isEqualTo(7);
            assertThat(broker.host()).isEqualTo("proxy.zone-a");
            assertThat(broker.port()).isEqualTo(9192);
            assertThat(broker.rack()).isEqualTo("b");
        });
    }

    @Test
    void theProxyIsTheCoordinatorInEveryVersion() {
        for (short version : ApiKeys.FIND_COORDINATOR.allVersions()) {
            FindCoordinatorRequestData request = version < 4
                    ? new FindCoordinatorRequestData().setKey("tx")
                    : new FindCoordinatorRequestData().setCoordinatorKeys(List.of("tx", "ty"));
            if (version > 0) {
                request.setKeyType((byte) 1);
            }
            FindCoordinatorResponseData response =
                    reply(FindCoordinatorResponseData.class, ApiKeys.FIND_COORDINATOR, version, request);
            assertThat(response.toString()).contains("proxy.zone-a").doesNotContain("real-broker");
        }
    }

    @Test
    void aTransactionGoesToItsRealCoordinatorWithoutASecondLookUp() {
        upstream.answer(ApiKeys.END_TXN, call -> new EndTxnResponseData());
        reply(
                FindCoordinatorResponseData.class,
                ApiKeys.FIND_COORDINATOR,
                4,
                new FindCoordinatorRequestData().setKeyType((byte) 1).setCoordinatorKeys(List.of("tx")));
        reply(EndTxnResponseData.class, ApiKeys.END_TXN, 3, new EndTxnRequestData().setTransactionalId("tx"));
        assertThat(upstream.sent(ApiKeys.FIND_COORDINATOR)).hasSize(1);
        assertThat(upstream.sent(ApiKeys.END_TXN)).singleElement().satisfies(call -> {
            assertThat(call.target()).isEqualTo(new BrokerId(FakeCluster.REAL_BROKER));
            assertThat(call.clientId()).isEqualTo("test-client");
            assertThat(call.version()).isEqualTo((short) 3);
        });
    }

    /** Coordinators answer when their log is replicated: on a shared connection the metadata of all clients would wait for it. */
    @Test
    void stepsOfATransactionDoNotUseConnectionsThatAllClientsShare() {
        Map<ApiKeys, ApiMessage> steps = Map.of(
                ApiKeys.INIT_PRODUCER_ID, new InitProducerIdRequestData().setTransactionalId("tx"),
                ApiKeys.ADD_PARTITIONS_TO_TXN, new AddPartitionsToTxnRequestData().setV3AndBelowTransactionalId("tx"),
                ApiKeys.ADD_OFFSETS_TO_TXN, new AddOffsetsToTxnRequestData().setTransactionalId("tx"),
                ApiKeys.TXN_OFFSET_COMMIT, new TxnOffsetCommitRequestData().setGroupId("group"),
                ApiKeys.END_TXN, new EndTxnRequestData().setTransactionalId("tx"));
        steps.forEach((key, request) -> {
            Answer unused = answer(key, 3, request);
            assertThat(upstream.sent(key))
                    .isNotEmpty()
                    .allSatisfy(call -> assertThat(call.own()).as(key.name).isTrue());
        });
    }

    @Test
    void brokersHearOnAClientsConnectionsWhatTheClientSaysItIs() {
        Answer unused = answer(
                ApiKeys.API_VERSIONS,
                4,
                new ApiVersionsRequestData().setClientSoftwareName("test-java").setClientSoftwareVersion("4.3.1"));
        assertThat(upstream.introduced()).isEqualTo("test-java 4.3.1");
        upstream.answer(ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, call -> new GetTelemetrySubscriptionsResponseData());
        unused = answer(ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS, 0, new GetTelemetrySubscriptionsRequestData());
        assertThat(upstream.sent(ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS))
                .singleElement()
                .satisfies(call -> assertThat(call.own()).isTrue());
    }

    @Test
    void saslIsRefusedAsByAListenerOfABrokerThatHasNone() {
        for (short version : ApiKeys.SASL_HANDSHAKE.allVersions()) {
            SaslHandshakeResponseData response = reply(
                    SaslHandshakeResponseData.class,
                    ApiKeys.SASL_HANDSHAKE,
                    version,
                    new SaslHandshakeRequestData().setMechanism("PLAIN"));
            assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.ILLEGAL_SASL_STATE);
            assertThat(response.mechanisms()).isEmpty();
        }
        SaslAuthenticateResponseData response = reply(
                SaslAuthenticateResponseData.class, ApiKeys.SASL_AUTHENTICATE, 2, new SaslAuthenticateRequestData());
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.ILLEGAL_SASL_STATE);
    }

    @Test
    void aCoordinatorThatMovedIsLookedUpAgain() {
        ArrayDeque<Errors> errors = new ArrayDeque<>(List.of(Errors.NOT_COORDINATOR, Errors.NONE));
        upstream.answer(
                ApiKeys.END_TXN,
                call -> new EndTxnResponseData().setErrorCode(errors.remove().code()));
        EndTxnResponseData response =
                reply(EndTxnResponseData.class, ApiKeys.END_TXN, 3, new EndTxnRequestData().setTransactionalId("tx"));
        assertThat(response.errorCode()).isZero();
        assertThat(upstream.sent(ApiKeys.FIND_COORDINATOR)).hasSize(2);
    }

    @Test
    void aCoordinatorThatKeepsMovingIsTheClientsBusiness() {
        upstream.answer(ApiKeys.END_TXN, call -> new EndTxnResponseData().setErrorCode(Errors.NOT_COORDINATOR.code()));
        EndTxnResponseData response =
                reply(EndTxnResponseData.class, ApiKeys.END_TXN, 3, new EndTxnRequestData().setTransactionalId("tx"));
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.NOT_COORDINATOR);
        assertThat(upstream.sent(ApiKeys.END_TXN)).hasSize(2);
    }

    @Test
    void otherErrorsOfTheCoordinatorPassThrough() {
        upstream.answer(ApiKeys.END_TXN, call -> new EndTxnResponseData().setErrorCode(Errors.PRODUCER_FENCED.code()));
        EndTxnResponseData response =
                reply(EndTxnResponseData.class, ApiKeys.END_TXN, 3, new EndTxnRequestData().setTransactionalId("tx"));
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.PRODUCER_FENCED);
        assertThat(upstream.sent(ApiKeys.END_TXN)).hasSize(1);
    }

    @Test
    void aCoordinatorThatIsLostIsNotAvailableAndForgotten() {
        TxnOffsetCommitRequestData request = new TxnOffsetCommitRequestData()
                .setTransactionalId("tx")
                .setGroupId("group")
                .setTopics(List.of(new TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic()
                        .setName("orders")
                        .setPartitions(List.of(new TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition()))));
        TxnOffsetCommitResponseData response =
                reply(TxnOffsetCommitResponseData.class, ApiKeys.TXN_OFFSET_COMMIT, 3, request);
        assertThat(Errors.forCode(response.topics().get(0).partitions().get(0).errorCode()))
                .isEqualTo(Errors.COORDINATOR_NOT_AVAILABLE);
        reply(TxnOffsetCommitResponseData.class, ApiKeys.TXN_OFFSET_COMMIT, 3, request);
        assertThat(upstream.sent(ApiKeys.FIND_COORDINATOR)).hasSize(2);
    }

    @Test
    void addPartitionsBeyondVersion3IsForBrokersOnly() {
        AddPartitionsToTxnRequestData request = new AddPartitionsToTxnRequestData();
        Answer answer = answer(ApiKeys.ADD_PARTITIONS_TO_TXN, 4, request);
        assertThat(answer.toString()).contains("errorCode=" + Errors.UNSUPPORTED_VERSION.code());
    }

    @Test
    void anIdempotentProducerIsToldToTryAgainWhileNoBrokerAnswers() {
        upstream.unreachable(true);
        InitProducerIdResponseData response = reply(
                InitProducerIdResponseData.class,
                ApiKeys.INIT_PRODUCER_ID,
                4,
                new InitProducerIdRequestData().setTransactionalId(null));
        assertThat(Errors.forCode(response.errorCode())).isEqualTo(Errors.COORDINATOR_LOAD_IN_PROGRESS);
    }
}
