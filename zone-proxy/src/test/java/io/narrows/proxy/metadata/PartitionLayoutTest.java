package io.narrows.proxy.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PartitionLayoutTest {
    private static ProxyMember member(String id, int firstNodeId) {
        return new ProxyMember(
                id,
                firstNodeId,
                2,
                Map.of("PLAIN", new Endpoint(id + ".plain", 9092), "TLS", new Endpoint(id + ".tls", 9093)));
    }

    private static final List<ProxyMember> THREE = List.of(member("a", 100), member("b", 200), member("c", 300));

    @Test
    void ownersNeverChangeFromVersionToVersion() {
        PartitionLayout layout = PartitionLayout.shared(THREE.get(0), THREE);
        assertThat(IntStream.range(0, 12)
                        .mapToObj(p -> layout.owner("orders", p).id()))
                .as("proxies of different versions must agree, so these values are permanent")
                .containsExactly(GOLDEN);
        assertThat(layout.owner("a-group").id()).isEqualTo(GOLDEN_GROUP);
    }

    @Test
    void noNodeHasTheIdOfABroker() {
        PartitionLayout layout = PartitionLayout.shared(THREE.get(0), THREE);
        assertThat(layout.avoiding(new int[] {1, 2, 99, 102, 199, 302})).isSameAs(layout);
        assertThat(layout.avoiding(new int[] {101, 103, 200, 202, 203, 299}).members())
                .extracting(ProxyMember::firstNodeId)
                .containsExactly(104, 204, 300);
        List<ProxyMember> close = List.of(member("a", 100), member("b", 102));
        assertThat(PartitionLayout.shared(close.get(0), close)
                        .avoiding(new int[] {100})
                        .members())
                .extracting(ProxyMember::firstNodeId)
                .containsExactly(104, 102);
    }

    @Test
    void aBrokerWithTheIdOfANodeIsShown() {
        VirtualCluster cluster = new VirtualCluster(100, 2, "a", List.of("java"));
        MetadataResponseData response = new MetadataResponseData();
        response.brokers().add(new MetadataResponseBroker().setNodeId(101).setHost("broker"));
        cluster.rewrite(response, new Endpoint("proxy", 9092));
        assertThat(response.brokers())
                .extracting(MetadataResponseBroker::nodeId)
                .containsExactlyInAnyOrder(101, 102, 103);
        assertThat(response.controllerId()).isEqualTo(102);
    }

    private static final String[] GOLDEN = {"c", "a", "b", "a", "a", "c", "a", "c", "b", "b", "a", "c"};
    private static final String GOLDEN_GROUP = "a";

    @Test
    void sharesAreEvenAndAMemberThatGoesMovesItsOwnOnly() {
        PartitionLayout three = PartitionLayout.shared(THREE.get(0), THREE);
        PartitionLayout two = PartitionLayout.shared(THREE.get(0), THREE.subList(0, 2));
        Map<String, Integer> shares = new HashMap<>();
        for (int topic = 0; topic < 50; topic++) {
            for (int p = 0; p < 60; p++) {
                String owner = three.owner("topic-" + topic, p).id();
                shares.merge(owner, 1, Integer::sum);
                if (!owner.equals("c")) {
                    assertThat(two.owner("topic-" + topic, p).id()).isEqualTo(owner);
                }
            }
        }
        assertThat(shares.values()).allSatisfy(share -> assertThat(share).isBetween(900, 1_100));
    }

    @Test
    void everyProxyShowsTheSameClusterByTheListenerOfTheClient() {
        List<MetadataResponseData> shown = new ArrayList<>();
        for (ProxyMember self : THREE) {
            VirtualCluster cluster = cluster(self);
            MetadataResponseData metadata = metadata();
            cluster.seenBy("java").rewrite(metadata, self.endpoints().get("TLS"));
            shown.add(metadata);
        }
        assertThat(shown.get(1)).isEqualTo(shown.get(0));
        assertThat(shown.get(2)).isEqualTo(shown.get(0));
        assertThat(shown.get(0).brokers())
                .extracting(MetadataResponseBroker::nodeId)
                .containsExactlyInAnyOrder(7, 9, 100, 101, 200, 201, 300, 301);
        assertThat(shown.get(0).brokers()).allSatisfy(broker -> {
            assertThat(broker.host()).endsWith(".tls");
            assertThat(broker.rack()).isEqualTo("zone-a");
        });
        assertThat(shown.get(0).controllerId()).isIn(100, 200, 300);
        PartitionLayout layout = PartitionLayout.shared(THREE.get(0), THREE);
        shown.get(0)
                .topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> assertThat(partition.leaderId())
                                .isEqualTo(layout.owner("orders", partition.partitionIndex())
                                                .firstNodeId()
                                        + partition.partitionIndex() % 2)));
    }

    @Test
    void aNodeHasPartitionsOfOneLeaderAndAnElectionMovesThePartitionAlone() {
        VirtualCluster cluster = new VirtualCluster(100, 4, "zone-a", List.of("java"));
        MetadataResponseData before = metadata();
        cluster.rewrite(before, new Endpoint("proxy", 9092));
        MetadataResponseData after = metadata();
        after.topics().find("orders").partitions().get(3).setLeaderId(7);
        cluster.rewrite(after, new Endpoint("proxy", 9092));

        List<Integer> moved = new ArrayList<>(leaders(before));
        for (int p = 0; p < 12; p++) {
            assertThat(moved.get(p)).isIn(100 + p % 2, 102 + p % 2);
        }
        moved.set(3, cluster.node("orders", 3, 7));
        assertThat(moved.get(3)).isIn(100, 102);
        assertThat(leaders(after)).isEqualTo(moved);
    }

    private static List<Integer> leaders(MetadataResponseData metadata) {
        return metadata.topics().find("orders").partitions().stream()
                .map(MetadataResponsePartition::leaderId)
                .toList();
    }

    @Test
    void aBrokerThatIsAwayKeepsItsPlace() {
        LeaderPlaces places = threeBrokers();
        for (int partition = 0; partition < 12; partition++) {
            assertThat(places(places, partition, 4))
                    .as("three brokers, four nodes")
                    .containsExactly(0, 1, 2);
            assertThat(places(places, partition, 2))
                    .as("fewer nodes than brokers")
                    .containsExactly(0, 1, 0);
            assertThat(places(places, partition, 1)).containsExactly(0, 0, 0);
        }
    }

    private static LeaderPlaces threeBrokers() {
        LeaderPlaces places = new LeaderPlaces();
        for (int broker : new int[] {30, 10, 20}) {
            places.learn(broker);
        }
        return places;
    }

    /** Of the partition, if the first, second or third broker leads it. */
    private static List<Integer> places(LeaderPlaces places, int partition, int nodes) {
        return List.of(
                places.place(10, "orders", partition, nodes),
                places.place(20, "orders", partition, nodes),
                places.place(30, "orders", partition, nodes));
    }

    /** A consumer has one fetch in flight at a node. */
    @ParameterizedTest
    @ValueSource(ints = {6, 7, 9, 12, 24})
    void theNodesOfALeaderShareItsPartitionsWhetherItLeadsAllOfThemOrEveryThird(int nodes) {
        LeaderPlaces places = threeBrokers();
        int nodesOfEach = nodes / 3;
        for (String topic : List.of("orders", "payments")) {
            for (int shift = 0; shift < 3; shift++) {
                int inTurn = shift;
                assertThat(IntStream.range(0, nodesOfEach)
                                .mapToObj(turn -> places.place(20, topic, 3 * turn + inTurn, nodes)))
                        .as("every third")
                        .doesNotHaveDuplicates()
                        .allMatch(place -> place % 3 == 1 && place < nodes);
            }
            assertThat(IntStream.range(0, Math.min(3, nodesOfEach))
                            .mapToObj(partition -> places.place(20, topic, partition, nodes)))
                    .as("all, the first ones")
                    .doesNotHaveDuplicates();
            Map<Integer, Integer> sizes = new HashMap<>();
            IntStream.range(0, 30 * nodesOfEach)
                    .forEach(partition -> sizes.merge(places.place(20, topic, partition, nodes), 1, Integer::sum));
            assertThat(sizes).hasSize(nodesOfEach);
            assertThat(sizes.values()).as("all").allMatch(size -> size == 30);
        }
    }

    @Test
    void topicsOfOnePartitionAreSpreadOverTheNodesOfItsLeader() {
        LeaderPlaces places = threeBrokers();
        Map<Integer, Integer> topics = new HashMap<>();
        for (int topic = 0; topic < 400; topic++) {
            topics.merge(places.place(10, "topic-" + topic, 0, 12), 1, Integer::sum);
        }
        assertThat(topics.keySet()).containsExactlyInAnyOrder(0, 3, 6, 9);
        assertThat(topics.values()).allSatisfy(count -> assertThat(count).isBetween(70, 130));
    }

    /** A proxy that cannot name the topic does not know where it showed the partition. */
    @Test
    void aHintAtALeaderOfATopicWithoutANameIsLeftOut() {
        Uuid known = new Uuid(1, 1);
        Uuid unknown = new Uuid(2, 2);
        PartitionLayout alone = PartitionLayout.alone(new ProxyMember("", 100, 12, Map.of()));
        VirtualCluster cluster = new VirtualCluster(
                new VirtualCluster.Proxies(() -> alone, id -> id.equals(known) ? "orders" : null),
                "zone-a",
                List.of("java"));
        cluster.rewrite(metadata(), new Endpoint("proxy", 9092));
        FetchResponseData response = new FetchResponseData();
        response.responses().add(moved(known));
        response.responses().add(moved(unknown));

        cluster.rewrite(response, new Endpoint("proxy", 9092));

        assertThat(response.responses())
                .extracting(topic -> topic.partitions().get(0).currentLeader().leaderId())
                .containsExactly(cluster.node("orders", 5, 9), -1);
        assertThat(response.nodeEndpoints())
                .extracting(FetchResponseData.NodeEndpoint::nodeId)
                .containsExactly(cluster.node("orders", 5, 9));
    }

    private static FetchResponseData.FetchableTopicResponse moved(Uuid topicId) {
        FetchResponseData.PartitionData partition = new FetchResponseData.PartitionData()
                .setPartitionIndex(5)
                .setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
        partition.currentLeader().setLeaderId(9).setLeaderEpoch(4);
        return new FetchResponseData.FetchableTopicResponse()
                .setTopicId(topicId)
                .setPartitions(List.of(partition));
    }

    private static VirtualCluster cluster(ProxyMember self) {
        return new VirtualCluster(
                new VirtualCluster.Proxies(() -> PartitionLayout.shared(self, THREE), id -> null),
                "zone-a",
                List.of("java"));
    }

    /** Partitions are led by brokers 7 and 9 in turn. */
    private static MetadataResponseData metadata() {
        MetadataResponseData metadata = new MetadataResponseData();
        for (int broker : new int[] {9, 7}) {
            metadata.brokers()
                    .add(new MetadataResponseBroker().setNodeId(broker).setRack("zone-a"));
        }
        MetadataResponseTopic topic = new MetadataResponseTopic().setName("orders");
        for (int p = 0; p < 12; p++) {
            topic.partitions()
                    .add(new MetadataResponsePartition().setPartitionIndex(p).setLeaderId(p % 2 == 0 ? 7 : 9));
        }
        metadata.topics().add(topic);
        return metadata;
    }

    @Test
    void softwareThatKnowsBrokersByAddressSeesOneNodeOfEachProxy() {
        VirtualCluster cluster = cluster(THREE.get(0));
        MetadataResponseData metadata = metadata();
        cluster.seenBy("librdkafka").rewrite(metadata, THREE.get(0).endpoints().get("TLS"));
        assertThat(metadata.brokers())
                .extracting(MetadataResponseBroker::nodeId)
                .as("brokers are not shown at an address that they share")
                .containsExactlyInAnyOrder(100, 200, 300);
        PartitionLayout layout = PartitionLayout.shared(THREE.get(0), THREE);
        metadata.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> assertThat(partition.leaderId())
                                .isEqualTo(layout.owner("orders", partition.partitionIndex())
                                        .firstNodeId())));
    }

    @Test
    void everyProxyNamesTheSameCoordinator() {
        FindCoordinatorResponseData first = coordinator(THREE.get(0));
        assertThat(coordinator(THREE.get(1))).isEqualTo(first);
        assertThat(coordinator(THREE.get(2))).isEqualTo(first);
    }

    private static FindCoordinatorResponseData coordinator(ProxyMember self) {
        FindCoordinatorResponseData response =
                new FindCoordinatorResponseData().setNodeId(1).setHost("broker").setPort(9);
        response.coordinators()
                .add(new FindCoordinatorResponseData.Coordinator()
                        .setKey("my-group")
                        .setNodeId(1)
                        .setHost("broker")
                        .setPort(9));
        cluster(self).rewrite(response, "my-group", self.endpoints().get("PLAIN"));
        assertThat(response.nodeId()).isEqualTo(response.coordinators().get(0).nodeId());
        assertThat(response.host()).endsWith(".plain");
        return response;
    }
}
