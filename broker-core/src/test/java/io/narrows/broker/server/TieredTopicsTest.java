package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.log.HybridLog;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.server.quota.QuotaType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Linked topics whose closed segments become segment objects, on three brokers. */
@ExtendWith(LeakDetection.class)
final class TieredTopicsTest {
    private static final int SIZE = 20_000;
    private static final long T0 = 1_700_000_000_000L;

    @TempDir
    static Path directory;

    static LinkedCluster cluster;

    @BeforeAll
    static void start() {
        cluster = new LinkedCluster(directory, properties());
    }

    static Properties properties() {
        Properties properties = new Properties();
        properties.put("narrows.tier.enable", "true");
        properties.put("remote.log.manager.task.interval.ms", "100");
        properties.put("rlmm.config.remote.log.metadata.topic.num.partitions", "1");
        properties.put("log.retention.check.interval.ms", "200");
        properties.put("log.initial.task.delay.ms", "200");
        return properties;
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void everythingIsReadFromEveryReplicaAfterLocalSegmentsAreGone() throws Exception {
        tiered("gone", Map.of("local.retention.ms", "1"));
        cluster.produce("gone", 300, SIZE, Map.of("batch.size", "60000", "linger.ms", "5"));
        awaitLocalStart("gone", 250);

        for (String rack : List.of("a", "b", "c")) {
            cluster.parts.forgetAll();
            assertThat(LinkedCluster.values(cluster.consume("gone", 300, Map.of("client.rack", rack))))
                    .isEqualTo(LinkedCluster.expected("gone", 300, SIZE));
        }
        assertThat(cluster.parts.countTier("copied.bytes")).isGreaterThan(250L * SIZE);
    }

    @Test
    void theCopyQuotaAndKafkasMetricsCountRealBytes() throws Exception {
        var stats = cluster.cluster.server(1).broker().brokerTopicStats();
        tiered("counted", Map.of());
        cluster.produce("counted", 300, SIZE, Map.of("batch.size", "60000", "linger.ms", "5"));
        awaitCopied("counted", 250);

        Metrics metrics = cluster.cluster.server(1).broker().metrics();
        double perSecond = metrics.metrics().entrySet().stream()
                .filter(each -> each.getKey().group().equals(QuotaType.RLM_COPY.toString()))
                .mapToDouble(each -> (double) each.getValue().metricValue())
                .sum();
        // 5 MB within the quota's window of eleven seconds; the links have 25 KB.
        assertThat(perSecond).isGreaterThan(400_000);
        assertThat(stats.topicStats("counted").remoteCopyBytesRate().count()).isGreaterThan(250L * SIZE);
    }

    @Test
    void copiedOffsetsAreReadWithoutTheirWalObjects() throws Exception {
        tiered("wal-gone", Map.of());
        cluster.produce("wal-gone", 300, SIZE, Map.of("batch.size", "60000", "linger.ms", "5"));
        awaitCopied("wal-gone", 200);
        int copied = (int) cluster.log("wal-gone", 1).highestOffsetInRemoteStorage() + 1;
        assertThat(cluster.log("wal-gone", 1).localLogStartOffset()).isZero();

        cluster.store.delete(cluster.store.keys().stream()
                .filter(key -> key.startsWith("wal/"))
                .toList());
        cluster.parts.forgetAll();

        assertThat(LinkedCluster.values(cluster.consume("wal-gone", copied, Map.of("client.rack", "a"))))
                .isEqualTo(LinkedCluster.expected("wal-gone", copied, SIZE));
        cluster.admin.deleteTopics(List.of("wal-gone")).all().get();
    }

    @Test
    void timestampsFindTheExactRecordInEveryTier() throws Exception {
        tiered("time", Map.of("local.retention.ms", "1000", "retention.ms", "-1"));
        tiered("time-local", Map.of("retention.ms", "-1", "local.retention.ms", "-1"));
        for (String topic : List.of("time", "time-local")) {
            try (var producer = cluster.producer(Map.of("batch.size", "60000", "linger.ms", "5"))) {
                for (int i = 0; i < 200; i++) {
                    producer.send(new ProducerRecord<>(topic, 0, T0 + i * 10L, "k" + i, new byte[SIZE]));
                }
            }
        }
        awaitLocalStart("time", 150);
        awaitCopied("time-local", 150);
        cluster.parts.forgetAll();

        for (String topic : List.of("time", "time-local")) {
            for (int record : new int[] {0, 1, 2, 49, 50, 51, 98, 149, 175, 199}) {
                assertThat(cluster.offset(topic, OffsetSpec.forTimestamp(T0 + record * 10L - 5)))
                        .as("%s %s", topic, record)
                        .isEqualTo(record);
            }
            assertThat(cluster.offset(topic, OffsetSpec.forTimestamp(T0 + 10_000)))
                    .isEqualTo(-1);
        }
        // As in Kafka, the maximum is that of the local segments.
        assertThat(cluster.offset("time-local", OffsetSpec.maxTimestamp())).isEqualTo(199);
    }

    @Test
    void offsetsOfTheTiersAreThoseOfKafka() throws Exception {
        tiered("offsets", Map.of("local.retention.ms", "1"));
        cluster.produce("offsets", 200, SIZE, Map.of("batch.size", "60000", "linger.ms", "5"));
        awaitLocalStart("offsets", 150);
        HybridLog log = cluster.log("offsets", 1);

        assertThat(cluster.offset("offsets", OffsetSpec.earliest())).isZero();
        assertThat(cluster.offset("offsets", OffsetSpec.earliestLocal())).isEqualTo(log.localLogStartOffset());
        assertThat(cluster.offset("offsets", OffsetSpec.latestTiered())).isEqualTo(log.highestOffsetInRemoteStorage());
        assertThat(cluster.offset("offsets", OffsetSpec.latest())).isEqualTo(200);
    }

    @Test
    void abortedTransactionsAreSkippedInEveryTier() throws Exception {
        tiered("tx", Map.of("local.retention.ms", "1"));
        List<String> committed = new ArrayList<>();
        try (var producer = cluster.producer(Map.of("transactional.id", "tiered", "batch.size", "60000"))) {
            producer.initTransactions();
            for (int round = 0; round < 12; round++) {
                producer.beginTransaction();
                for (int i = 0; i < 20; i++) {
                    producer.send(new ProducerRecord<>("tx", 0, round + "." + i, new byte[SIZE]));
                    if (round % 3 != 1) {
                        committed.add(round + "." + i);
                    }
                }
                producer.flush();
                if (round % 3 == 1) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
        awaitLocalStart("tx", 150);

        for (String rack : List.of("a", "b", "c")) {
            cluster.parts.forgetAll();
            Map<String, Object> config = Map.of("client.rack", rack, "isolation.level", "read_committed");
            assertThat(LinkedCluster.keys(cluster.consume("tx", committed.size(), config)))
                    .isEqualTo(committed);
        }
    }

    @Test
    void retentionCountsRealBytesInBothTiers() throws Exception {
        tiered("bytes", Map.of("local.retention.bytes", "2500000", "retention.bytes", "4000000"));
        cluster.produce("bytes", 400, SIZE, Map.of("batch.size", "60000", "linger.ms", "5"));

        // Retention keeps at least its limit, and less than a segment more; a batch has 60 KB.
        long segment = (1 << 20) + 70_000;
        Await.until(
                "retention in segment objects",
                Duration.ofSeconds(30),
                () -> 400 - cluster.offset("bytes", OffsetSpec.earliest()) <= (4_000_000 + segment) / SIZE);
        awaitLocalStart("bytes", 400 - (2_500_000 + segment) / SIZE);

        long start = cluster.offset("bytes", OffsetSpec.earliest());
        long localStart = cluster.log("bytes", 1).localLogStartOffset();
        assertThat((400 - start) * SIZE).isGreaterThan(4_000_000L - 70_000);
        assertThat((400 - localStart) * SIZE).isGreaterThan(2_500_000L - 70_000);
        assertThat(localStart).isGreaterThan(start);
    }

    @Test
    void deletedRecordsAndDeletedTopicsLeaveNoObjects() throws Exception {
        tiered("deleted", Map.of("local.retention.ms", "1"));
        cluster.produce("deleted", 200, SIZE, Map.of("batch.size", "60000", "linger.ms", "5"));
        awaitLocalStart("deleted", 150);
        String id = cluster.log("deleted", 1).topicId().orElseThrow().toString();
        assertThat(baseOffsets(id)).contains(0L);

        TopicPartition partition = new TopicPartition("deleted", 0);
        cluster.admin
                .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(120)))
                .all()
                .get();
        assertThat(cluster.offset("deleted", OffsetSpec.earliest())).isEqualTo(120);
        Await.until(
                "segments below the log start are deleted",
                Duration.ofSeconds(20),
                () -> baseOffsets(id).stream().allMatch(base -> base >= 60));
        assertThat(baseOffsets(id)).isNotEmpty();
        assertThat(cluster.consume("deleted", 80, Map.of()).get(0).offset()).isEqualTo(120);

        cluster.admin.deleteTopics(List.of("deleted")).all().get();
        Await.until("no objects", Duration.ofSeconds(20), () -> baseOffsets(id).isEmpty());
    }

    @Test
    void aTopicThatHoldsLinksIsTieredLater() throws Exception {
        cluster.create("later", 500, Map.of("segment.bytes", "1048576"));
        cluster.produce("later", 100, SIZE, Map.of("batch.size", "60000"));
        assertThat(cluster.links("later", 1)).isPositive();

        alter("later", Map.of("remote.storage.enable", "true", "local.retention.ms", "1"));
        awaitLocalStart("later", 50);

        cluster.parts.forgetAll();
        assertThat(LinkedCluster.values(cluster.consume("later", 100, Map.of())))
                .isEqualTo(LinkedCluster.expected("later", 100, SIZE));
    }

    @Test
    void aReplicaWithoutADiskIsBuiltFromTheTiers() throws Exception {
        tiered("lost", Map.of("local.retention.ms", "1"));
        cluster.produce("lost", 200, SIZE, Map.of("batch.size", "60000", "linger.ms", "5"));
        awaitLocalStart("lost", 150);
        cluster.cluster.stop(3);
        Utils.delete(cluster.cluster.logDir(3).toFile());

        cluster.cluster.start(3);
        Await.until(
                "the replica is in sync",
                Duration.ofSeconds(30),
                () -> cluster.admin
                                .describeTopics(List.of("lost"))
                                .allTopicNames()
                                .get()
                                .get("lost")
                                .partitions()
                                .get(0)
                                .isr()
                                .size()
                        == 3);

        assertThat(cluster.log("lost", 3).localLogStartOffset()).isGreaterThanOrEqualTo(150);
        assertThat(LinkedCluster.values(cluster.consume("lost", 200, Map.of("client.rack", "c"))))
                .isEqualTo(LinkedCluster.expected("lost", 200, SIZE));
    }

    private static List<Long> baseOffsets(String topicId) {
        return cluster.store.keys().stream()
                .filter(key -> key.startsWith("seg/" + topicId + "/"))
                .map(key -> Long.parseLong(key.split("/")[3].substring(0, 20)))
                .toList();
    }

    private static void alter(String topic, Map<String, String> changes) throws Exception {
        List<AlterConfigOp> ops = changes.entrySet().stream()
                .map(change -> new AlterConfigOp(
                        new ConfigEntry(change.getKey(), change.getValue()), AlterConfigOp.OpType.SET))
                .toList();
        cluster.admin
                .incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), ops))
                .all()
                .get();
    }

    private static void awaitCopied(String topic, long offset) {
        Await.until(
                "segments of " + topic + " are copied",
                Duration.ofSeconds(30),
                () -> cluster.log(topic, 1).highestOffsetInRemoteStorage() >= offset);
    }

    static void tiered(String topic, Map<String, String> more) throws Exception {
        Map<String, String> config = new HashMap<>(more);
        config.put("remote.storage.enable", "true");
        config.put("segment.bytes", "1048576");
        cluster.create(topic, 500, config);
    }

    private static void awaitLocalStart(String topic, long offset) {
        Await.until(
                "local segments of " + topic + " are deleted",
                Duration.ofSeconds(30),
                () -> List.of(1, 2, 3).stream()
                        .allMatch(broker -> cluster.log(topic, broker).localLogStartOffset() >= offset));
    }
}
