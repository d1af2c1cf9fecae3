package io.narrows.proxy.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.junit.jupiter.api.Test;

final class LayoutTest {
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
        Layout layout = Layout.shared(THREE.get(0), THREE);
        assertThat(IntStream.range(0, 12)
                        .mapToObj(p -> layout.owner("orders", p).id()))
                .as("proxies of different versions must agree, so these values are for ever")
                .containsExactly(GOLDEN);
        assertThat(layout.owner("a-group").id()).isEqualTo(GOLDEN_GROUP);
    }

    private static final String[] GOLDEN = {"c", "a", "b", "a", "a", "c", "a", "c", "b", "b", "a", "c"};
    private static final String GOLDEN_GROUP = "a";

    @Test
    void sharesAreEvenAndAMemberThatGoesMovesItsOwnOnly() {
        Layout three = Layout.shared(THREE.get(0), THREE);
        Layout two = Layout.shared(THREE.get(0), THREE.subList(0, 2));
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
        Layout layout = Layout.shared(THREE.get(0), THREE);
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

        assertThat(leaders(before)).containsExactly(100, 101, 102, 103, 100, 101, 102, 103, 100, 101, 102, 103);
        assertThat(leaders(after)).containsExactly(100, 101, 102, 102, 100, 101, 102, 103, 100, 101, 102, 103);
        assertThat(cluster.node("orders", 3, 7)).isEqualTo(102);
    }

    private static List<Integer> leaders(MetadataResponseData metadata) {
        return metadata.topics().find("orders").partitions().stream()
                .map(MetadataResponsePartition::leaderId)
                .toList();
    }

    @Test
    void aBrokerThatIsAwayKeepsItsPlace() {
        LeaderPlaces places = new LeaderPlaces();
        for (int broker : new int[] {30, 10, 20}) {
            places.learn(broker);
        }
        assertThat(List.of(places.place(10, 5, 4), places.place(20, 5, 4), places.place(30, 5, 4)))
                .as("three brokers, four nodes")
                .containsExactly(0, 1, 2);
        assertThat(List.of(places.place(10, 0, 6), places.place(10, 3, 6), places.place(30, 5, 6)))
                .as("two nodes for each")
                .containsExactly(0, 3, 5);
        assertThat(List.of(places.place(10, 0, 2), places.place(20, 0, 2), places.place(30, 0, 2)))
                .as("fewer nodes than brokers")
                .containsExactly(0, 1, 0);
        assertThat(places.place(30, 7, 1)).isZero();
    }

    private static VirtualCluster cluster(ProxyMember self) {
        return new VirtualCluster(
                new VirtualCluster.Proxies(() -> Layout.shared(self, THREE), id -> null), "zone-a", List.of("java"));
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
        Layout layout = Layout.shared(THREE.get(0), THREE);
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
