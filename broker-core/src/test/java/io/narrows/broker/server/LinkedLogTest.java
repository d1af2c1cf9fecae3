package io.narrows.broker.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.yammer.metrics.core.Gauge;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.log.HybridLog;
import io.narrows.testing.Await;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Crc32C;
import org.apache.kafka.server.metrics.KafkaYammerMetrics;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients see of topics whose batches are links, on three brokers. */
final class LinkedLogTest {
    private static final long T0 = 1_700_000_000_000L;

    @TempDir
    static Path directory;

    static LinkedCluster cluster;

    @BeforeAll
    static void start() {
        cluster = new LinkedCluster(directory, new Properties());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void recordsOfEveryCodecComeBackFromEveryReplica(String codec) throws Exception {
        String topic = "codec-" + codec;
        cluster.create(topic, 500, Map.of());
        cluster.produce(topic, 300, 1000, Map.of("compression.type", codec, "linger.ms", "5"));
        assertThat(cluster.links(topic, 1)).isPositive();
        for (String rack : List.of("a", "b", "c")) {
            cluster.parts.forgetAll();
            assertThat(LinkedCluster.values(cluster.consume(topic, 300, Map.of("client.rack", rack))))
                    .containsExactlyElementsOf(LinkedCluster.expected(topic, 300, 1000));
        }
    }

    @Test
    void transactionsAreReadCommittedFromEveryReplica() throws Exception {
        cluster.create("tx", 500, Map.of());
        List<String> committed = new ArrayList<>();
        try (var producer = cluster.producer(Map.of("transactional.id", "tx", "linger.ms", "5"))) {
            producer.initTransactions();
            for (int round = 0; round < 6; round++) {
                producer.beginTransaction();
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>("tx", 0, round + "." + i, new byte[900]));
                    if (round % 2 == 0) {
                        committed.add(round + "." + i);
                    }
                }
                producer.flush();
                if (round % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        for (String rack : List.of("a", "b", "c")) {
            cluster.parts.forgetAll();
            Map<String, Object> config = Map.of("client.rack", rack, "isolation.level", "read_committed");
            assertThat(LinkedCluster.keys(cluster.consume("tx", committed.size(), config)))
                    .isEqualTo(committed);
            Map<String, Object> small = new HashMap<>(config);
            small.put("max.partition.fetch.bytes", "3000");
            assertThat(LinkedCluster.keys(cluster.consume("tx", committed.size(), small)))
                    .isEqualTo(committed);
        }
        assertThat(cluster.consume("tx", 60, Map.of())).hasSize(60);
    }

    @Test
    void timestampsFindTheExactRecord() throws Exception {
        cluster.create("time", 500, Map.of());
        try (var producer = cluster.producer(Map.of("linger.ms", "1000"))) {
            for (int batch = 0; batch < 3; batch++) {
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>("time", 0, T0 + batch * 1000 + i * 10, "k", new byte[200]));
                }
                producer.flush();
            }
        }
        cluster.parts.forgetAll();
        for (int after : List.of(0, 50, 90, 500, 1030, 1035, 2090)) {
            int want = -1;
            for (int i = 29; i >= 0; i--) {
                want = i / 10 * 1000 + i % 10 * 10 >= after ? i : want;
            }
            assertThat(cluster.offset("time", OffsetSpec.forTimestamp(T0 + after)))
                    .isEqualTo(want);
        }
        assertThat(cluster.offset("time", OffsetSpec.forTimestamp(T0 + 2091))).isEqualTo(-1);
        cluster.parts.forgetAll();
        assertThat(cluster.offset("time", OffsetSpec.maxTimestamp())).isEqualTo(29);
        cluster.admin
                .deleteRecords(Map.of(new TopicPartition("time", 0), RecordsToDelete.beforeOffset(15)))
                .all()
                .get();
        assertThat(cluster.offset("time", OffsetSpec.forTimestamp(T0))).isEqualTo(15);
        assertThat(cluster.consume("time", 15, Map.of()).get(0).offset()).isEqualTo(15);
    }

    @Test
    void aFollowerGetsAFewLinksAsBytesAndLongStretchesFromTheFile() throws Exception {
        cluster.create("copied", 500, Map.of());
        cluster.produce("copied", 200, 3000, Map.of("linger.ms", "0", "batch.size", "1"));
        HybridLog log = cluster.log("copied", 1);
        Records few = log.read(0, 8 << 10, FetchIsolation.LOG_END, true).records;
        assertThat(few).isInstanceOf(MemoryRecords.class);
        assertThat(few.sizeInBytes()).isPositive().isLessThanOrEqualTo(8 << 10);
        Records all = log.read(0, 8 << 20, FetchIsolation.LOG_END, true).records;
        assertThat(all).isInstanceOf(FileRecords.class);
        ByteBuffer start = ByteBuffer.allocate(few.sizeInBytes());
        ((FileRecords) all).readInto(start, 0);
        assertThat(((MemoryRecords) few).buffer()).isEqualTo(start);
    }

    @Test
    void smallAndLargeBatchesMixInOneLog() throws Exception {
        cluster.create("mix", 500, Map.of());
        try (var producer = cluster.producer(Map.of("batch.size", "1", "linger.ms", "0"))) {
            for (int i = 0; i < 300; i++) {
                producer.send(new ProducerRecord<>(
                        "mix", 0, "k" + i, LinkedCluster.value("mix", i, i / 7 % 2 == 0 ? 100 : 3000)));
            }
        }
        assertThat(cluster.links("mix", 1)).isPositive().isLessThan(300);
        for (String rack : List.of("a", "b")) {
            for (String bytes : List.of("4096", "1048576")) {
                cluster.parts.forgetAll();
                var records =
                        cluster.consume("mix", 300, Map.of("client.rack", rack, "max.partition.fetch.bytes", bytes));
                for (int i = 0; i < 300; i++) {
                    assertThat(records.get(i).value())
                            .isEqualTo(LinkedCluster.value("mix", i, i / 7 % 2 == 0 ? 100 : 3000));
                }
            }
        }
    }

    @Test
    void fetchMinBytesCountsTheBytesBehindLinks() throws Exception {
        for (String rack : List.of("a", "b")) {
            String topic = "min-" + rack;
            cluster.create(topic, 500, Map.of());
            Map<String, Object> config = Map.of(
                    "client.rack",
                    rack,
                    "fetch.min.bytes",
                    "2000",
                    "fetch.max.wait.ms",
                    "8000",
                    "max.poll.records",
                    "1");
            try (var producer = cluster.producer(Map.of());
                    var consumer = cluster.consumer(topic, config)) {
                producer.send(new ProducerRecord<>(topic, 0, "k", new byte[5000]))
                        .get();
                cluster.poll(consumer, 1);
                for (int i = 0; i < 3; i++) {
                    long start = System.nanoTime();
                    Future<?> sent =
                            cluster.sendLater(producer, new ProducerRecord<>(topic, 0, "k", new byte[5000]), 150);
                    cluster.poll(consumer, 1);
                    sent.get();
                    assertThat((System.nanoTime() - start) / 1_000_000).isBetween(140L, 4000L);
                }
            }
        }
    }

    /** Kafka's metric; of one of the replicas in this JVM, all of which look again now. */
    private static int percentOfRetention(String topic) throws Exception {
        for (int broker = 1; broker <= 3; broker++) {
            int unused = cluster.log(topic, broker).deleteOldSegments();
        }
        return KafkaYammerMetrics.defaultRegistry().allMetrics().entrySet().stream()
                .filter(metric -> metric.getKey().getName().equals("RetentionSizeInPercent"))
                .filter(metric -> metric.getKey().getMBeanName().contains("topic=" + topic + ","))
                .mapToInt(metric -> (int) ((Gauge<?>) metric.getValue()).value())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSegmentThatIsInTheObjectStoreIsNotCountedAsLocalBeforeStockCodeSaysSo() throws Exception {
        cluster.create("counted", 500, Map.of("segment.bytes", "1048576"));
        cluster.produce("counted", 40, 100_000, Map.of("batch.size", "100000", "linger.ms", "0"));
        HybridLog log = cluster.log("counted", 1);
        LogSegment first = log.logSegments().iterator().next();
        long all = log.onlyLocalLogSegmentsSize();
        assertThat(all).isGreaterThan(3_900_000);

        log.copied(first.readNextOffset() - 1);

        assertThat(log.onlyLocalLogSegmentsSize())
                .isEqualTo(all - first.size() - log.sizes().extra(first.baseOffset()));
    }

    @Test
    void segmentsRollAndExpireByRealBytes() throws Exception {
        cluster.create(
                "retained",
                500,
                Map.of("segment.bytes", "1048576", "retention.bytes", "3145728", "file.delete.delay.ms", "1"));
        cluster.produce("retained", 100, 100_000, Map.of("batch.size", "100000", "linger.ms", "0"));

        HybridLog leader = cluster.log("retained", 1);
        assertThat(leader.size()).isGreaterThan(9_000_000);
        assertThat(cluster.fileBytes("retained", 1)).isLessThan(50_000);
        Await.until(
                "replicated",
                Duration.ofSeconds(20),
                () -> cluster.log("retained", 2).highWatermark() == 100);
        for (int broker = 1; broker <= 3; broker++) {
            assertThat(cluster.log("retained", broker).numberOfSegments()).isBetween(9, 13);
        }
        assertThat(leader.deleteOldSegments()).isPositive();
        assertThat(leader.size()).isBetween(3_000_000L, 4_300_000L);
        assertThat(percentOfRetention("retained")).isBetween(100, 135);
        assertThat(leader.logStartOffset()).isBetween(55L, 70L);
        long described = cluster.admin
                .describeLogDirs(List.of(1))
                .allDescriptions()
                .get()
                .get(1)
                .values()
                .iterator()
                .next()
                .replicaInfos()
                .get(new TopicPartition("retained", 0))
                .size();
        assertThat(described).isEqualTo(leader.size());
    }

    @Test
    void aShareGroupGetsEveryRecord() throws Exception {
        cluster.create("shared", 500, Map.of());
        cluster.produce("shared", 200, 1000, Map.of("linger.ms", "5"));
        cluster.parts.forgetAll();
        cluster.earliestShareGroup("sg");
        assertThat(cluster.share("sg", "shared", 200))
                .containsExactlyInAnyOrderElementsOf(LinkedCluster.expected("shared", 200, 1000));
    }

    @Test
    void aFailingStoreDelaysConsumersAndNoMore() throws Exception {
        cluster.create("failing", 500, Map.of());
        cluster.produce("failing", 50, 1000, Map.of());
        cluster.parts.forgetAll();
        cluster.parts.ranges.values().forEach(reader -> reader.broken = true);
        try (var consumer = cluster.consumer("failing", Map.of())) {
            assertThat(consumer.poll(Duration.ofMillis(500)).count()).isZero();
            cluster.parts.ranges.values().forEach(reader -> reader.broken = false);
            assertThat(LinkedCluster.values(cluster.poll(consumer, 50)))
                    .isEqualTo(LinkedCluster.expected("failing", 50, 1000));
        }
        assertThat(cluster.parts.countAll("reads.failed")).isPositive();
    }

    @Test
    void aForgedLinkOfAClientIsRefused() throws Exception {
        cluster.create("forged", Integer.MAX_VALUE, Map.of());
        MemoryRecords records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord("v".getBytes(UTF_8)));
        ByteBuffer batch = records.buffer();
        batch.putShort(21, (short) (batch.getShort(21) | LinkBatch.FLAG));
        batch.putInt(17, (int) Crc32C.compute(batch, 21, batch.limit() - 21));

        assertThatThrownBy(() -> cluster.log("forged", 1).appendAsLeader(records, 0))
                .isInstanceOf(InvalidRecordException.class);
        assertThat(cluster.log("forged", 1).logEndOffset()).isZero();
    }

    @Test
    void changedBytesAreAppendedInline() throws Exception {
        cluster.create("changed", 500, Map.of("message.timestamp.type", "LogAppendTime"));
        cluster.create("recompressed", 500, Map.of("compression.type", "lz4"));
        for (String topic : List.of("changed", "recompressed")) {
            cluster.produce(topic, 20, 1000, Map.of());
            assertThat(cluster.links(topic, 1)).isZero();
            assertThat(LinkedCluster.values(cluster.consume(topic, 20, Map.of("client.rack", "b"))))
                    .isEqualTo(LinkedCluster.expected(topic, 20, 1000));
        }
        assertThat(cluster.parts.count(1, "staged.changed")).isPositive();
    }
}
