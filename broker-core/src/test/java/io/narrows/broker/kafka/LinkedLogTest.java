package io.narrows.broker.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.relay.store.MemoryObjectStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
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

    static TestParts parts;
    static TestCluster cluster;
    static Admin admin;

    @BeforeAll
    static void start() {
        parts = new TestParts(new MemoryObjectStore());
        Properties extra = new Properties();
        extra.put("replica.fetch.wait.max.ms", "20");
        cluster = new TestCluster(directory, extra, parts::of);
        admin = Admin.create(client());
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
        parts.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void recordsOfEveryCodecComeBackFromEveryReplica(String codec) throws Exception {
        String topic = "codec-" + codec;
        create(topic, 500, Map.of());
        produce(topic, 300, 1000, Map.of("compression.type", codec, "linger.ms", "5"));
        assertThat(links(topic, 1)).isPositive();
        for (String rack : List.of("a", "b", "c")) {
            parts.forgetAll();
            assertThat(values(consume(topic, 300, Map.of("client.rack", rack))))
                    .containsExactlyElementsOf(expected(topic, 300, 1000));
        }
    }

    @Test
    void transactionsAreReadCommittedFromEveryReplica() throws Exception {
        create("tx", 500, Map.of());
        List<String> committed = new ArrayList<>();
        try (var producer = producer(Map.of("transactional.id", "tx", "linger.ms", "5"))) {
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
            parts.forgetAll();
            Map<String, Object> config = Map.of("client.rack", rack, "isolation.level", "read_committed");
            assertThat(keys(consume("tx", committed.size(), config))).isEqualTo(committed);
            Map<String, Object> small = new HashMap<>(config);
            small.put("max.partition.fetch.bytes", "3000");
            assertThat(keys(consume("tx", committed.size(), small))).isEqualTo(committed);
        }
        assertThat(consume("tx", 60, Map.of())).hasSize(60);
    }

    @Test
    void timestampsFindTheExactRecord() throws Exception {
        create("time", 500, Map.of());
        try (var producer = producer(Map.of("linger.ms", "1000"))) {
            for (int batch = 0; batch < 3; batch++) {
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>("time", 0, T0 + batch * 1000 + i * 10, "k", new byte[200]));
                }
                producer.flush();
            }
        }
        parts.forgetAll();
        for (int after : List.of(0, 50, 90, 500, 1030, 1035, 2090)) {
            int want = -1;
            for (int i = 29; i >= 0; i--) {
                want = i / 10 * 1000 + i % 10 * 10 >= after ? i : want;
            }
            assertThat(offset("time", OffsetSpec.forTimestamp(T0 + after))).isEqualTo(want);
        }
        assertThat(offset("time", OffsetSpec.forTimestamp(T0 + 2091))).isEqualTo(-1);
        parts.forgetAll();
        assertThat(offset("time", OffsetSpec.maxTimestamp())).isEqualTo(29);
        admin.deleteRecords(Map.of(new TopicPartition("time", 0), RecordsToDelete.beforeOffset(15)))
                .all()
                .get();
        assertThat(offset("time", OffsetSpec.forTimestamp(T0))).isEqualTo(15);
        assertThat(consume("time", 15, Map.of()).get(0).offset()).isEqualTo(15);
    }

    @Test
    void smallAndLargeBatchesMixInOneLog() throws Exception {
        create("mix", 500, Map.of());
        try (var producer = producer(Map.of("batch.size", "1", "linger.ms", "0"))) {
            for (int i = 0; i < 300; i++) {
                producer.send(new ProducerRecord<>("mix", 0, "k" + i, value("mix", i, i / 7 % 2 == 0 ? 100 : 3000)));
            }
        }
        assertThat(links("mix", 1)).isPositive().isLessThan(300);
        for (String rack : List.of("a", "b")) {
            for (String bytes : List.of("4096", "1048576")) {
                parts.forgetAll();
                var records = consume("mix", 300, Map.of("client.rack", rack, "max.partition.fetch.bytes", bytes));
                for (int i = 0; i < 300; i++) {
                    assertThat(records.get(i).value()).isEqualTo(value("mix", i, i / 7 % 2 == 0 ? 100 : 3000));
                }
            }
        }
    }

    // ---- helpers

    private static Map<String, Object> client() {
        return Map.of("bootstrap.servers", cluster.bootstrap());
    }

    private static KafkaProducer<String, byte[]> producer(Map<String, Object> extra) {
        Map<String, Object> config = new HashMap<>(client());
        config.putAll(extra);
        return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
    }

    private static void create(String topic, int linkFromBytes, Map<String, String> config) throws Exception {
        TestStager.MIN_BYTES.put(topic, linkFromBytes);
        admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(1, 2, 3))).configs(config)))
                .all()
                .get();
    }

    private static void produce(String topic, int count, int size, Map<String, Object> config) {
        try (var producer = producer(config)) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, 0, "k" + i, value(topic, i, size)));
            }
        }
    }

    private static List<ConsumerRecord<String, byte[]>> consume(String topic, int count, Map<String, Object> extra) {
        Map<String, Object> config = new HashMap<>(client());
        config.putAll(extra);
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = System.nanoTime() + 20_000_000_000L;
            while (records.size() < count && System.nanoTime() < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        assertThat(records).hasSize(count);
        return records;
    }

    private static long offset(String topic, OffsetSpec spec) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        return admin.listOffsets(Map.of(partition, spec))
                .partitionResult(partition)
                .get()
                .offset();
    }

    private static HybridLog log(String topic, int broker) {
        return (HybridLog) cluster.server(broker)
                .broker()
                .logManager()
                .getLog(new TopicPartition(topic, 0), false)
                .get();
    }

    private static int links(String topic, int broker) throws Exception {
        int links = 0;
        for (var segment : log(topic, broker).logSegments()) {
            ByteBuffer bytes = ByteBuffer.allocate(segment.size());
            segment.log().readInto(bytes, 0);
            for (int at = 0; BatchHeader.isPlausible(bytes, at); at += BatchHeader.size(bytes, at)) {
                links += LinkBatch.isLink(bytes, at) ? 1 : 0;
            }
        }
        return links;
    }

    private static List<String> values(List<ConsumerRecord<String, byte[]>> records) {
        return records.stream().map(entry -> hash(entry.value())).toList();
    }

    private static List<String> keys(List<ConsumerRecord<String, byte[]>> records) {
        return records.stream().map(ConsumerRecord::key).toList();
    }

    private static List<String> expected(String topic, int count, int size) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expected.add(hash(value(topic, i, size)));
        }
        return expected;
    }

    private static String hash(byte[] bytes) {
        return java.util.Arrays.hashCode(bytes) + "/" + bytes.length;
    }

    private static byte[] value(String topic, int i, int size) {
        byte[] bytes = new byte[size];
        new Random(topic.hashCode() * 31L + i).nextBytes(bytes);
        java.util.Arrays.fill(bytes, 0, size / 2, (byte) ('a' + i % 26));
        return bytes;
    }
}
