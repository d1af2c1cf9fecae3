package io.narrows.router.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.router.upstream.BrokerAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

final class ClusterTopologyTest {
    private static final UUID ID = new UUID(1, 2);
    private static final UUID OTHER_ID = new UUID(3, 4);

    private final ManualLoop loop = new ManualLoop(0);
    private final Cluster cluster = new Cluster();
    private final List<Collection<BrokerAddress>> told = new ArrayList<>();
    private final MetricRegistry metrics = new MetricRegistry();
    private ClusterTopology topology = topology(Map.of());

    @Test
    void theViewHoldsBrokersWithZonesAndRelaysOnceStarted() {
        cluster.relays.put(1, "relay-1:9095");

        start();

        assertThat(topology.view().clusterId()).isEqualTo("the-cluster");
        assertThat(topology.view().controllerId()).isEqualTo(1);
        assertThat(topology.view().brokers())
                .containsEntry(1, new Broker(1, "host-1", 9092, "zone-a", RelayEndpoint.at("relay-1", 9095)))
                .containsEntry(2, new Broker(2, "host-2", 9092, "zone-b", RelayEndpoint.NONE));
        assertThat(told.get(0))
                .contains(new BrokerAddress(1, InetSocketAddress.createUnresolved("host-1", 9092), "zone-a"));
    }

    @Test
    void aConfiguredRelayTakesPrecedenceAndIsNotAskedFor() {
        cluster.relays.put(1, "relay-1:9095");
        InetSocketAddress fixed = InetSocketAddress.createUnresolved("tunnel", 1234);
        topology = topology(Map.of(1, fixed));

        start();

        assertThat(topology.view().brokers().get(1).relay()).isEqualTo(new RelayEndpoint.At(fixed));
        assertThat(cluster.asked(ApiKeys.DESCRIBE_CONFIGS)).isEqualTo(1);
    }

    @Test
    void aRelayEndpointThatIsNotHostAndPortCountsAsNone() {
        cluster.relays.put(1, "nonsense");
        cluster.relays.put(2, "host:99999");

        start();

        assertThat(topology.view().brokers().values())
                .allMatch(broker -> broker.relay().equals(RelayEndpoint.NONE));
    }

    @Test
    void aBrokerWithoutRelayResponseIsAskedAgainAndDelaysNoOther() {
        cluster.relays.put(1, "relay-1:9095");
        cluster.silentConfigs = true;
        start();
        cluster.topic("orders", ID, 1, 5);

        CompletableFuture<ClusterView> answer = refresh("orders");
        loop.advance(TimeUnit.MILLISECONDS.toNanos(100));
        assertThat(answer).isCompleted();
        assertThat(topology.view().brokers().get(1).relay()).isEqualTo(RelayEndpoint.UNKNOWN);

        cluster.silentConfigs = false;
        cluster.failSilent();
        loop.advance(TimeUnit.SECONDS.toNanos(2));
        assertThat(topology.view().brokers().get(1).relay()).isEqualTo(RelayEndpoint.at("relay-1", 9095));
    }

    /** A request carries the names of all clients: one that cannot be encoded would fail for all of them. */
    @Test
    void aNameThatNoTopicCanHaveIsNotAskedFor() {
        start();
        cluster.topic("orders", ID, 1, 5);

        CompletableFuture<ClusterView> hostile =
                topology.refreshTopics(Set.of("\ufffd".repeat(32_767), "", ".", "a/b"), Topology.AutoCreate.FORBIDDEN);
        CompletableFuture<ClusterView> other = refresh("orders");
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(other.join().topicsByName()).containsOnlyKeys("orders");
        assertThat(hostile).isCompleted();
        assertThat(cluster.requests)
                .filteredOn(MetadataRequestData.class::isInstance)
                .flatExtracting(request -> ((MetadataRequestData) request).topics())
                .extracting(MetadataRequestData.MetadataRequestTopic::name)
                .containsOnly("orders");
    }

    @Test
    void topicsAreFoundByNameAndById() {
        start();
        cluster.topic("orders", ID, 1, 5, 2, 6);
        cluster.topic("parcels", OTHER_ID, 2, 7);

        CompletableFuture<ClusterView> byName = refresh("orders");
        CompletableFuture<ClusterView> byId = topology.refreshTopicIds(Set.of(OTHER_ID));
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(byName.join().topicsByName().get("orders").partitions())
                .containsExactly(new PartitionView(0, 1, 5), new PartitionView(1, 2, 6));
        assertThat(byId.join().partition(OTHER_ID, 0)).isEqualTo(new PartitionView(0, 2, 7));
        assertThat(byId.join().partition(OTHER_ID, 1)).isNull();
    }

    @Test
    void theEmptyNameAndTheZeroIdAreNotAskedFor() {
        start();
        long before = cluster.asked(ApiKeys.METADATA);
        assertThat(refresh("")).isDone();
        assertThat(topology.refreshTopicIds(Set.of(new UUID(0, 0)))).isDone();
        loop.advance(TimeUnit.SECONDS.toNanos(1));
        assertThat(cluster.asked(ApiKeys.METADATA)).isEqualTo(before);
    }

    @Test
    void concurrentCallsShareRequests() {
        start();
        cluster.topic("orders", ID, 1, 5);
        long before = cluster.asked(ApiKeys.METADATA);

        List<CompletableFuture<ClusterView>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(refresh("orders"));
        }
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(answers).allMatch(CompletableFuture::isDone);
        assertThat(cluster.asked(ApiKeys.METADATA) - before).isLessThanOrEqualTo(2);
    }

    @Test
    void onlyTopicsThatMayBeCreatedAreAskedForWithCreation() {
        start();
        topology.refreshTopics(Set.of("old"), Topology.AutoCreate.FORBIDDEN);
        topology.refreshTopics(Set.of("new"), Topology.AutoCreate.ALLOWED);
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(cluster.metadataRequests())
                .filteredOn(request -> !request.topics().isEmpty())
                .allSatisfy(request -> assertThat(request.allowAutoTopicCreation())
                        .isEqualTo(request.topics().get(0).name().equals("new")));
    }

    @Test
    void aTopicTheBrokersNoLongerKnowLeavesTheView() {
        start();
        cluster.topic("orders", ID, 1, 5);
        refresh("orders");
        loop.advance(TimeUnit.SECONDS.toNanos(1));
        cluster.topics.clear();

        topology.refreshTopicIds(Set.of(ID));
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(topology.view().topicsByName()).isEmpty();
        assertThat(topology.view().topicsById()).isEmpty();
    }

    @Test
    void aHintWithANewerEpochMovesTheLeaderAndOlderMetadataDoesNotMoveItBack() {
        start();
        cluster.topic("orders", ID, 1, 5);
        refresh("orders");
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        topology.leaderHint(ID, 0, 2, 6);
        assertThat(topology.view().partition(ID, 0)).isEqualTo(new PartitionView(0, 2, 6, List.of(1)));
        topology.leaderHint(ID, 0, 1, 5);
        refresh("orders");
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(topology.view().partition(ID, 0)).isEqualTo(new PartitionView(0, 2, 6, List.of(1)));
    }

    @Test
    void aRecreatedTopicStartsAnew() {
        start();
        cluster.topic("orders", ID, 1, 5);
        refresh("orders");
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        cluster.topic("orders", OTHER_ID, 2, 0);
        refresh("orders");
        loop.advance(TimeUnit.SECONDS.toNanos(1));

        assertThat(topology.view().partition(OTHER_ID, 0)).isEqualTo(new PartitionView(0, 2, 0));
        assertThat(topology.view().partition(ID, 0)).isNull();
    }

    @Test
    void topicsInUseAreRefreshedAndOthersLeaveTheView() {
        start();
        cluster.topic("orders", ID, 1, 5);
        cluster.topic("parcels", OTHER_ID, 1, 5);
        refresh("orders", "parcels");
        loop.advance(TimeUnit.SECONDS.toNanos(1));
        cluster.topic("orders", ID, 2, 6);

        for (int minute = 0; minute < 6; minute++) {
            topology.used(ID);
            loop.advance(TimeUnit.SECONDS.toNanos(60));
        }

        assertThat(topology.view().partition(ID, 0)).isEqualTo(new PartitionView(0, 2, 6));
        assertThat(topology.view().topicsByName()).containsOnlyKeys("orders");
    }

    @Test
    void withoutBrokersCallsFailAndTheSearchGoesOn() {
        cluster.down = true;
        start();

        CompletableFuture<ClusterView> answer = refresh("orders");
        loop.advance(TimeUnit.SECONDS.toNanos(1));
        assertThatThrownBy(answer::join).hasCauseInstanceOf(NetworkException.class);

        cluster.down = false;
        loop.advance(TimeUnit.SECONDS.toNanos(2));
        assertThat(topology.view().brokers()).hasSize(2);
    }

    private ClusterTopology topology(Map<Integer, InetSocketAddress> relays) {
        return new ClusterTopology(
                loop, cluster, told::add, TopologySettings.defaults(relays), new TopologyMetrics(metrics));
    }

    private void start() {
        topology.start();
        loop.advance(TimeUnit.MILLISECONDS.toNanos(100));
    }

    private CompletableFuture<ClusterView> refresh(String... names) {
        return topology.refreshTopics(Set.of(names), Topology.AutoCreate.FORBIDDEN);
    }

    /** Two brokers that respond immediately from the topics they were given. */
    private static final class Cluster extends NoClients {
        private final Map<String, MetadataResponseData.MetadataResponseTopic> topics = new TreeMap<>();
        private final Map<Integer, String> relays = new HashMap<>();
        private final List<ApiMessage> requests = new ArrayList<>();
        private final List<CompletableFuture<ApiMessage>> silent = new ArrayList<>();
        private boolean silentConfigs;
        private boolean down;

        void topic(String name, UUID id, int... leadersAndEpochs) {
            MetadataResponseData.MetadataResponseTopic topic = new MetadataResponseData.MetadataResponseTopic()
                    .setName(name)
                    .setTopicId(MetadataMerge.toKafka(id));
            for (int i = 0; i < leadersAndEpochs.length; i += 2) {
                topic.partitions()
                        .add(new MetadataResponseData.MetadataResponsePartition()
                                .setPartitionIndex(i / 2)
                                .setLeaderId(leadersAndEpochs[i])
                                .setLeaderEpoch(leadersAndEpochs[i + 1])
                                .setIsrNodes(List.of(leadersAndEpochs[i])));
            }
            topics.put(name, topic);
        }

        long asked(ApiKeys api) {
            return requests.stream()
                    .filter(request -> request.apiKey() == api.id)
                    .count();
        }

        List<MetadataRequestData> metadataRequests() {
            return requests.stream()
                    .filter(MetadataRequestData.class::isInstance)
                    .map(MetadataRequestData.class::cast)
                    .toList();
        }

        void failSilent() {
            silent.forEach(answer -> answer.completeExceptionally(new NetworkException("gone")));
        }

        @Override
        public CompletableFuture<ApiMessage> send(
                Target target, ApiKeys api, short version, String clientId, ApiMessage request) {
            requests.add(request);
            if (down) {
                return CompletableFuture.failedFuture(new NetworkException("down"));
            }
            if (request instanceof MetadataRequestData metadata) {
                return CompletableFuture.completedFuture(answer(metadata));
            }
            if (silentConfigs) {
                CompletableFuture<ApiMessage> never = new CompletableFuture<>();
                silent.add(never);
                return never;
            }
            return CompletableFuture.completedFuture(
                    answer(((Target.BrokerId) target).id(), (DescribeConfigsRequestData) request));
        }

        private ApiMessage answer(MetadataRequestData request) {
            MetadataResponseData answer =
                    new MetadataResponseData().setClusterId("the-cluster").setControllerId(1);
            answer.brokers().add(broker(1, "zone-a"));
            answer.brokers().add(broker(2, "zone-b"));
            for (MetadataRequestData.MetadataRequestTopic wanted : request.topics()) {
                answer.topics()
                        .add(topics.values().stream()
                                .filter(topic -> topic.name().equals(wanted.name())
                                        || topic.topicId().equals(wanted.topicId()))
                                .findFirst()
                                .map(MetadataResponseData.MetadataResponseTopic::duplicate)
                                .orElseGet(() -> unknown(wanted)));
            }
            return answer;
        }

        private static MetadataResponseData.MetadataResponseTopic unknown(
                MetadataRequestData.MetadataRequestTopic wanted) {
            boolean byId = !wanted.topicId().equals(Uuid.ZERO_UUID);
            return new MetadataResponseData.MetadataResponseTopic()
                    .setName(wanted.name())
                    .setTopicId(wanted.topicId())
                    .setErrorCode((byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION).code());
        }

        private static MetadataResponseData.MetadataResponseBroker broker(int id, String zone) {
            return new MetadataResponseData.MetadataResponseBroker()
                    .setNodeId(id)
                    .setHost("host-" + id)
                    .setPort(9092)
                    .setRack(zone);
        }

        private ApiMessage answer(int brokerId, DescribeConfigsRequestData request) {
            DescribeConfigsResponseData.DescribeConfigsResult result =
                    new DescribeConfigsResponseData.DescribeConfigsResult();
            String relay = relays.get(brokerId);
            if (relay != null) {
                result.configs()
                        .add(new DescribeConfigsResponseData.DescribeConfigsResourceResult()
                                .setName(request.resources()
                                        .get(0)
                                        .configurationKeys()
                                        .get(0))
                                .setValue(relay));
            }
            return new DescribeConfigsResponseData().setResults(List.of(result));
        }
    }
}
