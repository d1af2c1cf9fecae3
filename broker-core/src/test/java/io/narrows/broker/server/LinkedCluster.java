package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.broker.log.HybridLog;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.testing.Await;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Three brokers whose batches become links from a size on that each topic sets, and clients to look at them with. */
final class LinkedCluster implements AutoCloseable {
    final MemoryObjectStore store = new MemoryObjectStore();
    final TestParts parts = new TestParts(store);
    final TestCluster cluster;
    final Admin admin;

    LinkedCluster(Path directory, Properties extra) {
        cluster = new TestCluster(directory, extra, parts::of);
        admin = Admin.create(client());
    }

    @Override
    public void close() {
        admin.close();
        cluster.close();
        parts.close();
    }

    Map<String, Object> client() {
        return Map.of("bootstrap.servers", cluster.bootstrap());
    }

    KafkaProducer<String, byte[]> producer(Map<String, Object> extra) {
        Map<String, Object> config = new HashMap<>(client());
        config.putAll(extra);
        return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
    }

    void create(String topic, int linkFromBytes, Map<String, String> config) throws Exception {
        create(topic, linkFromBytes, config, List.of(1, 2, 3));
    }

    void create(String topic, int linkFromBytes, Map<String, String> config, List<Integer> replicas) throws Exception {
        TestStager.MIN_BYTES.put(topic, linkFromBytes);
        admin.createTopics(List.of(new NewTopic(topic, Map.of(0, replicas)).configs(config)))
                .all()
                .get();
        TopicPartition partition = new TopicPartition(topic, 0);
        Await.until(
                "the replicas of " + topic,
                Duration.ofSeconds(20),
                () -> replicas.stream()
                        .allMatch(id -> cluster.server(id)
                                .broker()
                                .logManager()
                                .getLog(partition, false)
                                .isDefined()));
    }

    void produce(String topic, int count, int size, Map<String, Object> config) {
        try (var producer = producer(config)) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, 0, "k" + i, value(topic, i, size)));
            }
        }
    }

    List<ConsumerRecord<String, byte[]>> consume(String topic, int count, Map<String, Object> extra) {
        try (var consumer = consumer(topic, extra)) {
            return poll(consumer, count);
        }
    }

    KafkaConsumer<String, byte[]> consumer(String topic, Map<String, Object> extra) {
        Map<String, Object> config = new HashMap<>(client());
        config.putAll(extra);
        var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        return consumer;
    }

    List<ConsumerRecord<String, byte[]>> poll(KafkaConsumer<String, byte[]> consumer, int count) {
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        long end = System.nanoTime() + 30_000_000_000L;
        while (records.size() < count && System.nanoTime() < end) {
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        assertThat(records).hasSize(count);
        return records;
    }

    /** Sends after some milliseconds, while a consumer waits. */
    Future<?> sendLater(KafkaProducer<String, byte[]> producer, ProducerRecord<String, byte[]> entry, long delayMs) {
        return CompletableFuture.runAsync(
                () -> producer.send(entry), CompletableFuture.delayedExecutor(delayMs, TimeUnit.MILLISECONDS));
    }

    void earliestShareGroup(String group) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        admin.incrementalAlterConfigs(Map.of(
                        resource,
                        List.of(new AlterConfigOp(
                                new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    List<String> share(String group, String topic, int count) {
        Map<String, Object> config = new HashMap<>(client());
        config.put("group.id", group);
        List<String> values = new ArrayList<>();
        try (var consumer = new KafkaShareConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            long end = System.nanoTime() + 40_000_000_000L;
            while (values.size() < count && System.nanoTime() < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(entry -> values.add(hash(entry.value())));
            }
        }
        return values;
    }

    long fileBytes(String topic, int broker) {
        return log(topic, broker).logSegments().stream()
                .mapToLong(segment -> segment.size())
                .sum();
    }

    long offset(String topic, OffsetSpec spec) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        return admin.listOffsets(Map.of(partition, spec))
                .partitionResult(partition)
                .get()
                .offset();
    }

    HybridLog log(String topic, int broker) {
        return (HybridLog) cluster.server(broker)
                .broker()
                .logManager()
                .getLog(new TopicPartition(topic, 0), false)
                .get();
    }

    int links(String topic, int broker) throws Exception {
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

    static List<String> values(List<ConsumerRecord<String, byte[]>> records) {
        return records.stream().map(entry -> hash(entry.value())).toList();
    }

    static List<String> keys(List<ConsumerRecord<String, byte[]>> records) {
        return records.stream().map(ConsumerRecord::key).toList();
    }

    static List<String> expected(String topic, int count, int size) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            expected.add(hash(value(topic, i, size)));
        }
        return expected;
    }

    static String hash(byte[] bytes) {
        return Arrays.hashCode(bytes) + "/" + bytes.length;
    }

    static byte[] value(String topic, int i, int size) {
        byte[] bytes = new byte[size];
        new Random(topic.hashCode() * 31L + i).nextBytes(bytes);
        Arrays.fill(bytes, 0, size / 2, (byte) ('a' + i % 26));
        return bytes;
    }
}
