package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.server.RelayCluster.Weather;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients of Kafka's own listener while the object store is well, slow, failing and hanging; everything is linked. */
@ExtendWith(LeakDetection.class)
final class DirectStagingTest {
    @TempDir
    static Path directory;

    static RelayCluster cluster;
    static Admin admin;

    @BeforeAll
    static void start() {
        cluster = new RelayCluster(directory, LinkMode.ALWAYS, new Properties());
        admin = Admin.create(Map.of("bootstrap.servers", cluster.brokers.bootstrap()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    @AfterEach
    void fineWeather() {
        cluster.weather = Weather.FINE;
    }

    @Test
    void batchesAreLinkedInOrderWhileTheStoreIsWellOrSlow() throws Exception {
        create("well", Map.of());
        long before = links();

        cluster.weather = Weather.slowPuts(60);
        produce("well", 0, 60);

        assertThat(links()).isGreaterThan(before);
        assertThat(cluster.numbers("well", 0, 60)).isEqualTo(range(60));
    }

    @Test
    void batchesGoInlineWithoutWaitingOnceTheStoreFailedOrHungAndAreLinkedAgainAfterwards() throws Exception {
        create("ill", Map.of());
        cluster.weather = new Weather(0, 0, 0, true, false);
        produce("ill", 0, 20);
        cluster.weather = new Weather(0, 0, 0, false, true);
        produce("ill", 20, 20);
        long openings = cluster.counter(1, "narrows.stage.circuit.breaker.openings");
        assertThat(openings).isPositive();
        long inline = cluster.meter(1, "narrows.stage.inline.batches.breaker");
        assertThat(inline).isPositive();

        cluster.weather = Weather.FINE;
        long links = links();
        int sent = 40;
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (links() == links && System.nanoTime() < deadline) {
            produce("ill", sent, 5);
            sent += 5;
        }

        assertThat(links()).isGreaterThan(links);
        assertThat(cluster.numbers("ill", 0, sent)).isEqualTo(range(sent));
    }

    @Test
    void topicsWhoseBytesChangeAtTheLeaderStayInline() throws Exception {
        create("recompressed", Map.of("compression.type", "lz4"));
        create("stamped", Map.of("message.timestamp.type", "LogAppendTime"));
        create("compacted", Map.of("cleanup.policy", "compact"));
        long before = links();
        long orphans = cluster.meter(1, "narrows.stage.batches.orphaned");

        for (String topic : List.of("recompressed", "stamped", "compacted")) {
            produce(topic, 0, 5);
            assertThat(cluster.numbers(topic, 0, 5)).isEqualTo(range(5));
        }

        assertThat(links()).isEqualTo(before);
        assertThat(cluster.meter(1, "narrows.stage.batches.orphaned")).isEqualTo(orphans);
    }

    @Test
    void transactionsOfDirectClientsAreStaged() throws Exception {
        create("direct-tx", Map.of());
        long before = links();
        Map<String, Object> config = new HashMap<>(producerConfig());
        config.put("transactional.id", "direct");
        cluster.weather = Weather.slowPuts(20);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int round = 0; round < 4; round++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("direct-tx", 0, 1L, key(round), value(round)));
                if (round % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.flush();
                    producer.abortTransaction();
                }
            }
        }
        assertThat(cluster.numbers("direct-tx", 0, 2)).containsExactly(0, 2);
        assertThat(links()).isGreaterThan(before);
    }

    @Test
    void unreadResponsesHoldBoundedMemoryUntilTheirClientsDisconnect() throws Exception {
        create("unread", Map.of("retention.ms", "-1"));
        produce("unread", 0, 1_500, Map.of("linger.ms", "50", "batch.size", "65536"));
        try (SlowReaders slow = new SlowReaders(cluster.brokers.port(1), "unread")) {
            for (int i = 0; i < 60; i++) {
                slow.fetch(i * 20, 1);
            }
            Await.until("answers hold memory", Duration.ofSeconds(20), () -> unsentBytes() > 1 << 20);

            assertThat(cluster.numbers("unread", 0, 1_500)).isEqualTo(range(1_500));
            assertThat(unsentBytes()).isLessThanOrEqualTo(RelayCluster.READ_MEMORY_BYTES);
        }
        Await.until("all memory is free", Duration.ofSeconds(20), () -> unsentBytes() == 0);
        // By their connections' end, not after a while.
        assertThat(cluster.counter(1, "narrows.broker.responses.dropped")).isZero();
    }

    @Test
    void aFetchThatWaitsForMoreBytesHoldsNothing() throws Exception {
        create("more", Map.of());
        produce("more", 0, 3);
        long cached = cluster.counter(1, "narrows.broker.reads.from.cache");
        try (SlowReaders waiting = new SlowReaders(cluster.brokers.port(1), "more")) {
            waiting.fetch(0, 1 << 20);
            Await.until(
                    "the fetch was read",
                    Duration.ofSeconds(20),
                    () -> cluster.counter(1, "narrows.broker.reads.from.cache") > cached);

            Await.until("what it found is free", Duration.ofSeconds(20), () -> unsentBytes() == 0);
            assertThat(cluster.counter(1, "narrows.broker.responses.dropped")).isZero();
        }
    }

    private static long unsentBytes() {
        return cluster.counter(1, "narrows.broker.response.memory.bytes");
    }

    private static void create(String topic, Map<String, String> configs) throws Exception {
        NewTopic created = new NewTopic(topic, Map.of(0, List.of(1, 2, 3))).configs(configs);
        admin.createTopics(List.of(created)).all().get();
    }

    private static Map<String, Object> producerConfig() {
        return Map.of("bootstrap.servers", cluster.brokers.bootstrap(), "linger.ms", "0", "batch.size", "8000");
    }

    private static void produce(String topic, int from, int count) throws Exception {
        produce(topic, from, count, Map.of());
    }

    private static void produce(String topic, int from, int count, Map<String, Object> extra) throws Exception {
        Map<String, Object> config = new HashMap<>(producerConfig());
        config.putAll(extra);
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int number = from; number < from + count; number++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 0, 1L + number, key(number), value(number))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    private static byte[] key(int number) {
        return Integer.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] value(int number) {
        return Batches.records(number, 1, 4000)[0].value().array();
    }

    private static long links() {
        long links = 0;
        for (int broker = 1; broker <= 3; broker++) {
            links += cluster.counter(broker, BrokerMetrics.PREFIX + "link.batches");
        }
        return links;
    }

    private static List<Integer> range(int count) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(i);
        }
        return numbers;
    }
}
