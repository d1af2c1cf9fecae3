package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.s3server.EmbeddedS3Config;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups and offsets with the proxy as the only address: coordinators and leaders are spread over all brokers. */
final class GroupsThroughProxyIT {
    private static final String TOPIC = "listed";
    private static final int PARTITIONS = 6;

    @TempDir
    static Path directory;

    private static InProcessCluster cluster;
    private static Admin admin;

    @BeforeAll
    static void startCluster() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")), Map.of(), ProxyPath.AUTO.proxySettings());
        cluster = InProcessCluster.start(directory, options);
        admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.layout().proxyAddress(0)));
        try (TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0))) {
            topics.create(TOPIC, PARTITIONS, Map.of());
        }
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.layout().proxyAddress(0)),
                new StringSerializer(),
                new StringSerializer())) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                for (int i = 0; i <= partition; i++) {
                    var unused = producer.send(new ProducerRecord<>(TOPIC, partition, "key", "value"));
                }
            }
        }
    }

    @AfterAll
    static void stopCluster() {
        admin.close();
        cluster.close();
    }

    @Test
    void offsetsAreListedOverAllLeaders() throws Exception {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            asked.put(new TopicPartition(TOPIC, partition), OffsetSpec.latest());
        }
        Map<TopicPartition, ListOffsetsResultInfo> ends =
                admin.listOffsets(asked).all().get(30, TimeUnit.SECONDS);
        assertThat(ends).hasSize(PARTITIONS);
        ends.forEach((partition, end) -> assertThat(end.offset()).isEqualTo(partition.partition() + 1L));
    }

    @Test
    void groupsOfAllCoordinatorsAreSeenAsOfOneNode() throws Exception {
        Map<String, ListConsumerGroupOffsetsSpec> groups = new HashMap<>();
        for (int i = 0; i < 8; i++) {
            String group = "group-" + i;
            Map<TopicPartition, OffsetAndMetadata> offsets =
                    Map.of(new TopicPartition(TOPIC, 0), new OffsetAndMetadata(i));
            admin.alterConsumerGroupOffsets(group, offsets).all().get(30, TimeUnit.SECONDS);
            groups.put(group, new ListConsumerGroupOffsetsSpec());
        }

        Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
                admin.listConsumerGroupOffsets(groups).all().get(30, TimeUnit.SECONDS);
        for (int i = 0; i < 8; i++) {
            assertThat(committed
                            .get("group-" + i)
                            .get(new TopicPartition(TOPIC, 0))
                            .offset())
                    .isEqualTo(i);
        }
        assertThat(admin.listGroups().all().get(30, TimeUnit.SECONDS))
                .extracting(GroupListing::groupId)
                .containsAll(groups.keySet());
        assertThat(admin.describeConsumerGroups(List.copyOf(groups.keySet()))
                        .all()
                        .get(30, TimeUnit.SECONDS))
                .hasSize(8);
        admin.deleteConsumerGroups(groups.keySet()).all().get(30, TimeUnit.SECONDS);
        assertThat(admin.listGroups().all().get(30, TimeUnit.SECONDS))
                .extracting(GroupListing::groupId)
                .doesNotContainAnyElementsOf(groups.keySet());
    }
}
