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
                .containsExactlyInAnyOrder(100, 101, 200, 201, 300, 301);
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
                                        .node(partition.partitionIndex()))));
    }

    private static VirtualCluster cluster(ProxyMember self) {
        return new VirtualCluster(
                new VirtualCluster.Proxies(() -> Layout.shared(self, THREE), id -> null), "zone-a", List.of("java"));
    }

    private static MetadataResponseData metadata() {
        MetadataResponseData metadata = new MetadataResponseData();
        MetadataResponseTopic topic = new MetadataResponseTopic().setName("orders");
        for (int p = 0; p < 12; p++) {
            topic.partitions()
                    .add(new MetadataResponsePartition().setPartitionIndex(p).setLeaderId(1));
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
