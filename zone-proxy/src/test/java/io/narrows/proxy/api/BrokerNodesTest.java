package io.narrows.proxy.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.fake.FakeUpstream.Sent;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.Topology;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

/** Brokers 1, 2 and 5 behind a proxy with nodes 900 to 908. */
final class BrokerNodesTest {
    private final BrokerNodes nodes = new BrokerNodes(new VirtualCluster(900, 9, "a", List.of()), new Brokers(1, 2, 5));

    @Test
    void nodesStandForBrokersInTurnAndBrokersForThemselves() {
        assertThat(Stream.of(900, 901, 902, 903, 5, 7, 999).map(nodes::broker)).containsExactly(1, 2, 5, 1, 5, 7, 999);
    }

    @Test
    void replicasOfATopicAreDifferentBrokersAsLongAsThereAreEnough() {
        assertThat(created(900, 901, 902)).containsExactly(1, 2, 5);
        assertThat(created(900, 903, 906)).containsExactly(1, 2, 5);
        assertThat(created(900, 1)).containsExactly(2, 1);
        // One too many is for the broker to refuse.
        assertThat(created(900, 901, 902, 903)).hasSize(4).startsWith(1, 2, 5);
        assertThat(created(5, 2)).containsExactly(5, 2);
    }

    @Test
    void newPartitionsAndReassignmentsNameBrokersToo() {
        CreatePartitionsRequestData partitions = new CreatePartitionsRequestData();
        partitions
                .topics()
                .add(new CreatePartitionsRequestData.CreatePartitionsTopic()
                        .setName("t")
                        .setAssignments(List.of(new CreatePartitionsRequestData.CreatePartitionsAssignment()
                                .setBrokerIds(List.of(901)))));
        AlterPartitionReassignmentsRequestData moves = new AlterPartitionReassignmentsRequestData();
        moves.topics()
                .add(new AlterPartitionReassignmentsRequestData.ReassignableTopic()
                        .setPartitions(List.of(
                                new AlterPartitionReassignmentsRequestData.ReassignablePartition()
                                        .setReplicas(List.of(902)),
                                new AlterPartitionReassignmentsRequestData.ReassignablePartition().setReplicas(null))));

        assertThat(((CreatePartitionsRequestData) nodes.withBrokers(partitions))
                        .topics()
                        .find("t")
                        .assignments()
                        .get(0)
                        .brokerIds())
                .containsExactly(2);
        assertThat(((AlterPartitionReassignmentsRequestData) nodes.withBrokers(moves))
                        .topics()
                        .get(0)
                        .partitions())
                .extracting(AlterPartitionReassignmentsRequestData.ReassignablePartition::replicas)
                .containsExactly(List.of(5), null);
    }

    @Test
    void aRequestThatNamesNoNodePassesUnchanged() {
        CreateTopicsRequestData request = topic(2, 5);
        assertThat(nodes.withBrokers(request)).isSameAs(request);
    }

    @Test
    void aClientThatSeesOneNodeCreatesATopicThere() {
        ApiHarness harness = new ApiHarness();
        harness.upstream.answer(ApiKeys.CREATE_TOPICS, call -> new CreateTopicsResponseData());
        ClientApis apis = harness.connect(new Client("User", "ANONYMOUS", "h", ApiHarness.AT, "librdkafka"));

        Answer unused = harness.answer(apis, ApiKeys.CREATE_TOPICS, 7, topic(900));

        List<Sent> sent = harness.upstream.sent(ApiKeys.CREATE_TOPICS);
        CreateTopicsRequestData request = (CreateTopicsRequestData) sent.get(0).request();
        assertThat(harness.cluster.view().brokers().keySet())
                .containsAll(request.topics().find("t").assignments().find(0).brokerIds());
    }

    private List<Integer> created(Integer... replicas) {
        return ((CreateTopicsRequestData) nodes.withBrokers(topic(replicas)))
                .topics()
                .find("t")
                .assignments()
                .find(0)
                .brokerIds();
    }

    private static CreateTopicsRequestData topic(Integer... replicas) {
        CreateTopicsRequestData.CreatableTopic topic = new CreateTopicsRequestData.CreatableTopic().setName("t");
        topic.assignments()
                .add(new CreateTopicsRequestData.CreatableReplicaAssignment().setBrokerIds(List.of(replicas)));
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(topic);
        return request;
    }

    /** A cluster of these brokers without topics. */
    private record Brokers(ClusterView view) implements Topology {
        Brokers(Integer... ids) {
            this(ClusterView.of(
                    "c",
                    ids[0],
                    Stream.of(ids)
                            .collect(Collectors.toMap(
                                    Function.identity(), id -> new Broker(id, "h", 1, "a", RelayEndpoint.NONE))),
                    List.of()));
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
            return CompletableFuture.completedFuture(view);
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
            return CompletableFuture.completedFuture(view);
        }

        @Override
        public void leaderHint(UUID topicId, int partition, int leaderId, int leaderEpoch) {}
    }
}
