package io.narrows.router.topology;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;

/** Reading n topics that do not exist takes n * n * n steps, on the loop of all lanes. */
final class LongLookUpTest {
    private static final int TOPICS = 2_000;

    private final ManualLoop loop = new ManualLoop(0);
    private final NoTopics cluster = new NoTopics();
    private final ClusterTopology topology = new ClusterTopology(
            loop,
            cluster,
            brokers -> {},
            TopologySettings.defaults(Map.of()),
            new TopologyMetrics(new MetricRegistry()));

    @Test
    void aLongListOfUnknownTopicsIsAskedForInPartsWithOthersInBetween() {
        Set<UUID> ids = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < TOPICS; i++) {
            ids.add(new UUID(7, i));
            names.add("unknown-" + i);
        }
        topology.start();
        loop.advance(TimeUnit.MILLISECONDS.toNanos(100));

        CompletableFuture<ClusterView> byId = topology.refreshTopicIds(ids);
        CompletableFuture<ClusterView> byName = topology.refreshTopics(names, Topology.AutoCreate.FORBIDDEN);
        CompletableFuture<ClusterView> other = topology.refreshTopics(Set.of("orders"), Topology.AutoCreate.FORBIDDEN);
        loop.advance(TimeUnit.MILLISECONDS.toNanos(60));
        assertThat(other).isCompleted();
        assertThat(byId).isNotDone();

        loop.advance(TimeUnit.SECONDS.toNanos(5));
        assertThat(byId).isCompleted();
        assertThat(byName).isCompleted();
        assertThat(cluster.requests).allMatch(request -> request.topics().size() <= 100);
        assertThat(cluster.requests.stream()
                        .flatMap(request -> request.topics().stream())
                        .filter(topic -> topic.name() == null)
                        .map(topic -> topic.topicId())
                        .distinct())
                .hasSize(TOPICS);
    }

    /** A broker of a cluster without topics. */
    private static final class NoTopics extends NoClients {
        private final List<MetadataRequestData> requests = new ArrayList<>();

        @Override
        public CompletableFuture<ApiMessage> send(
                Target target, ApiKeys api, short version, String clientId, ApiMessage request) {
            if (!(request instanceof MetadataRequestData metadata)) {
                return CompletableFuture.failedFuture(new NetworkException("answers metadata requests only"));
            }
            requests.add(metadata);
            MetadataResponseData answer = new MetadataResponseData().setClusterId("the-cluster");
            answer.brokers()
                    .add(new MetadataResponseBroker()
                            .setNodeId(1)
                            .setHost("host")
                            .setPort(9092));
            return CompletableFuture.completedFuture(answer);
        }
    }
}
