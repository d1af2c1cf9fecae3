package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeUpstream;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.Upstream.Target.BrokerId;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarker;
import org.apache.kafka.common.message.WriteTxnMarkersRequestData.WritableTxnMarkerTopic;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerPartitionResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerResult;
import org.apache.kafka.common.message.WriteTxnMarkersResponseData.WritableTxnMarkerTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Administrators' requests: who is asked, how answers become one, and what does not pass. */
final class AdminApisTest {
    private static final Client CLIENT = new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "");

    private final ApiHarness harness = new ApiHarness(ClusterApis.allowing(List.of("WriteTxnMarkers")));
    private final FakeCluster cluster = harness.cluster;
    private final FakeUpstream upstream = harness.upstream;

    private Answer answer(Client client, ApiKeys key, int version, ApiMessage request) {
        return harness.answer(harness.connect(client), key, version, request);
    }

    private <T extends ApiMessage> T reply(Class<T> type, ApiKeys key, int version, ApiMessage request) {
        return type.cast(((Answer.Reply) answer(CLIENT, key, version, request)).body());
    }

    @Test
    void aBrokersConfigurationIsAskedOfThatBrokerAndTheRestOfAny() {
        upstream.answer(ApiKeys.DESCRIBE_CONFIGS, call -> {
            DescribeConfigsResponseData response = new DescribeConfigsResponseData().setThrottleTimeMs(5);
            ((DescribeConfigsRequestData) call.request())
                    .resources()
                    .forEach(resource -> response.results()
                            .add(new DescribeConfigsResult()
                                    .setResourceType(resource.resourceType())
                                    .setResourceName(resource.resourceName())));
            return response;
        });
        DescribeConfigsResponseData response = reply(
                DescribeConfigsResponseData.class,
                ApiKeys.DESCRIBE_CONFIGS,
                4,
                new DescribeConfigsRequestData()
                        .setResources(List.of(
                                resource(ConfigResource.Type.TOPIC, "orders"),
                                resource(ConfigResource.Type.BROKER, "7"),
                                resource(ConfigResource.Type.BROKER, ""),
                                resource(ConfigResource.Type.BROKER, "900"),
                                resource(ConfigResource.Type.BROKER, "5000"))));
        assertThat(response.throttleTimeMs()).isEqualTo(5);
        assertThat(response.results())
                .extracting(DescribeConfigsResult::resourceName, result -> Errors.forCode(result.errorCode()))
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("orders", Errors.NONE),
                        org.assertj.core.groups.Tuple.tuple("", Errors.NONE),
                        org.assertj.core.groups.Tuple.tuple("7", Errors.NONE),
                        // A node of the proxy stands for a broker.
                        org.assertj.core.groups.Tuple.tuple("900", Errors.NONE),
                        org.assertj.core.groups.Tuple.tuple("5000", Errors.INVALID_REQUEST));
        assertThat(upstream.sent(ApiKeys.DESCRIBE_CONFIGS))
                .hasSize(3)
                .allSatisfy(call -> assertThat(call.target()).isEqualTo(new BrokerId(FakeCluster.REAL_BROKER)));
    }

    private static DescribeConfigsResource resource(ConfigResource.Type type, String name) {
        return new DescribeConfigsResource().setResourceType(type.id()).setResourceName(name);
    }

    @Test
    void aRequestThatMayHaveBeenLostEndsTheConnectionAsAtABroker() {
        upstream.unreachable(true);
        assertThat(answer(CLIENT, ApiKeys.CREATE_TOPICS, 7, new CreateTopicsRequestData()))
                .isInstanceOf(Answer.Hangup.class);
    }

    @Test
    void theThrottleTimeOfAnAdministratorIsKept() {
        upstream.answer(ApiKeys.CREATE_TOPICS, call -> new CreateTopicsResponseData().setThrottleTimeMs(70));
        Answer answer = answer(CLIENT, ApiKeys.CREATE_TOPICS, 7, new CreateTopicsRequestData());
        assertThat(((Answer.Reply) answer).throttleTimeMs()).isEqualTo(70);
    }

    @Test
    void describeQuorumShowsVotersWithoutTheirAddresses() {
        upstream.answer(ApiKeys.DESCRIBE_QUORUM, call -> {
            DescribeQuorumResponseData response = new DescribeQuorumResponseData();
            DescribeQuorumResponseData.Node node = new DescribeQuorumResponseData.Node().setNodeId(100);
            node.listeners()
                    .add(new DescribeQuorumResponseData.Listener()
                            .setName("CONTROLLER")
                            .setHost("controller.internal")
                            .setPort(9093));
            response.nodes().add(node);
            return response;
        });
        DescribeQuorumResponseData response =
                reply(DescribeQuorumResponseData.class, ApiKeys.DESCRIBE_QUORUM, 2, new DescribeQuorumRequestData());
        assertThat(response.toString()).doesNotContain("controller.internal");
        assertThat(response.nodes().find(100)).isNotNull();
    }

    @Test
    void aMarkerForAPartitionWhoseLeaderIsLostNamesItsProducer() {
        cluster.createTopic("orders", 3);
        cluster.lead("orders", new PartitionView(1, -1, 5));
        cluster.refreshTopics(Set.of("orders"), Topology.AutoCreate.FORBIDDEN);
        upstream.answer(ApiKeys.WRITE_TXN_MARKERS, call -> {
            WriteTxnMarkersResponseData response = new WriteTxnMarkersResponseData();
            WritableTxnMarker marker =
                    ((WriteTxnMarkersRequestData) call.request()).markers().get(0);
            response.markers()
                    .add(new WritableTxnMarkerResult()
                            .setProducerId(marker.producerId())
                            .setTopics(List.of(new WritableTxnMarkerTopicResult()
                                    .setName("orders")
                                    .setPartitions(List.of(new WritableTxnMarkerPartitionResult()
                                            .setPartitionIndex(marker.topics()
                                                    .get(0)
                                                    .partitionIndexes()
                                                    .get(0)))))));
            return response;
        });
        WriteTxnMarkersResponseData response = reply(
                WriteTxnMarkersResponseData.class,
                ApiKeys.WRITE_TXN_MARKERS,
                1,
                new WriteTxnMarkersRequestData()
                        .setMarkers(List.of(new WritableTxnMarker()
                                .setProducerId(42)
                                .setTopics(List.of(new WritableTxnMarkerTopic()
                                        .setName("orders")
                                        .setPartitionIndexes(List.of(0, 1)))))));
        assertThat(response.markers()).singleElement().satisfies(marker -> {
            assertThat(marker.producerId()).isEqualTo(42);
            assertThat(marker.topics())
                    .flatExtracting(WritableTxnMarkerTopicResult::partitions)
                    .extracting(partition -> Errors.forCode(partition.errorCode()))
                    .containsExactly(Errors.NONE, Errors.LEADER_NOT_AVAILABLE);
        });
    }

    @Test
    void aClientThatMeansABrokerGetsItsPartOfAList() {
        Client means = new Client("User", "ANONYMOUS", "10.0.0.9", ApiHarness.AT, "", OptionalInt.of(3), "");
        upstream.answer(ApiKeys.LIST_TRANSACTIONS, call -> new ListTransactionsResponseData());
        answer(means, ApiKeys.LIST_TRANSACTIONS, 1, new ListTransactionsRequestData());
        assertThat(upstream.sent(ApiKeys.LIST_TRANSACTIONS))
                .singleElement()
                .satisfies(call -> assertThat(call.target()).isEqualTo(new BrokerId(3)));
    }
}
