package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.log.HybridLog;
import io.narrows.testing.Await;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Restarts, recovery and leader changes of logs with links. Broker 1 is the controller and stays. */
final class RecoveryTest {
    private static final String LINKS_MARKER = "narrows-links";

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

    @Test
    void aCleanRestartAndAForcedRecoveryKeepTheLinks() throws Exception {
        String topic = "restarted";
        cluster.create(topic, 500, Map.of("segment.bytes", "1048576"));
        cluster.produce(topic, 40, 100_000, Map.of("linger.ms", "0", "batch.size", "1"));
        restart(3, topic, () -> {});
        assertSame(topic, 40, 100_000);

        restart(3, topic, () -> {
            File logDir = cluster.cluster.logDir(3).toFile();
            delete(logDir, ".kafka_cleanshutdown");
            delete(logDir, "recovery-point-offset-checkpoint");
            File partition = new File(logDir, topic + "-0");
            for (File file : Objects.requireNonNull(partition.listFiles())) {
                if (file.getName().endsWith("index")
                        || file.getName().endsWith(".snapshot")
                        || file.getName().equals(LINKS_MARKER)) {
                    assertThat(file.delete()).isTrue();
                }
            }
        });
        assertSame(topic, 40, 100_000);
    }

    /** Kafka's snapshots remember one batch: others, sent again after all brokers went, would be written twice. */
    @Test
    void aRestartedReplicaRemembersTheLastFiveBatchesOfAProducer() throws Exception {
        String topic = "remembered";
        cluster.create(topic, 500, Map.of());
        cluster.produce(topic, 9, 1000, Map.of("linger.ms", "0", "batch.size", "1"));
        List<Object> before = batchesOfProducers(topic, 1);
        assertThat(before).hasSize(5);

        restart(3, topic, () -> {});
        assertThat(batchesOfProducers(topic, 3)).isEqualTo(before);
        restart(3, topic, () -> delete(cluster.cluster.logDir(3).toFile(), ".kafka_cleanshutdown"));
        assertThat(batchesOfProducers(topic, 3)).isEqualTo(before);
    }

    /** The same for a follower that cuts off what its new leader does not have: it goes back to a snapshot. */
    @Test
    void aTruncatedReplicaRemembersTheBatchesThatAreLeft() throws Exception {
        String topic = "truncated";
        cluster.create(topic, 500, Map.of(), List.of(3));
        HybridLog log = cluster.log(topic, 3);
        List<Object> before;
        try (var producer = cluster.producer(Map.of("acks", "all", "linger.ms", "0", "batch.size", "1"))) {
            for (int i = 0; i < 9; i++) {
                if (i == 7) {
                    log.roll();
                }
                producer.send(new ProducerRecord<>(topic, 0, "k" + i, LinkedCluster.value(topic, i, 1000)))
                        .get();
            }
            before = batchesOfProducers(topic, 3);
        }
        log.truncateTo(log.logEndOffset() - 1);
        assertThat(before).hasSize(5);
        assertThat(batchesOfProducers(topic, 3)).isEqualTo(before.subList(0, 4));
    }

    private static List<Object> batchesOfProducers(String topic, int broker) {
        return cluster.log(topic, broker).producerStateManager().activeProducers().values().stream()
                .flatMap(entry -> entry.batchMetadata().stream())
                .map(batch -> (Object) batch)
                .toList();
    }

    @Test
    void anIdempotentProducerGoesOnAcrossALeaderChange() throws Exception {
        String topic = "moved";
        cluster.create(topic, 500, Map.of(), List.of(2, 3, 1));
        List<String> sent = new ArrayList<>();
        try (var producer = cluster.producer(Map.of("acks", "all", "linger.ms", "5", "delivery.timeout.ms", "60000"))) {
            for (int i = 0; i < 300; i++) {
                if (i == 100) {
                    cluster.cluster.stop(2);
                } else if (i == 200) {
                    cluster.cluster.start(2);
                }
                byte[] value = LinkedCluster.value(topic, i, 1000);
                sent.add(LinkedCluster.hash(value));
                producer.send(new ProducerRecord<>(topic, 0, "k" + i, value));
            }
        }
        awaitIsr(topic);
        for (String rack : List.of("a", "b", "c")) {
            cluster.parts.forgetAll();
            assertThat(LinkedCluster.values(cluster.consume(topic, 300, Map.of("client.rack", rack))))
                    .isEqualTo(sent);
        }
        assertThat(cluster.links(topic, 2)).isEqualTo(cluster.links(topic, 1)).isPositive();
    }

    private static void restart(int broker, String topic, Runnable whileDown) throws Exception {
        cluster.cluster.stop(broker);
        whileDown.run();
        cluster.cluster.start(broker);
        awaitIsr(topic);
    }

    private static void awaitIsr(String topic) {
        Await.until(
                "all replicas of " + topic + " are in sync",
                Duration.ofSeconds(40),
                () -> cluster.admin
                                .describeTopics(List.of(topic))
                                .allTopicNames()
                                .get()
                                .get(topic)
                                .partitions()
                                .get(0)
                                .isr()
                                .size()
                        == 3);
    }

    private static void assertSame(String topic, int count, int size) throws Exception {
        HybridLog leader = cluster.log(topic, 1);
        HybridLog restarted = cluster.log(topic, 3);
        assertThat(bytes(restarted)).isEqualTo(bytes(leader));
        assertThat(restarted.size()).isEqualTo(leader.size()).isGreaterThan((long) count * size);
        assertThat(restarted.producerStateManager().activeProducers().keySet())
                .isEqualTo(leader.producerStateManager().activeProducers().keySet());
        cluster.parts.forgetAll();
        assertThat(LinkedCluster.values(cluster.consume(topic, count, Map.of("client.rack", "c"))))
                .isEqualTo(LinkedCluster.expected(topic, count, size));
    }

    private static ByteBuffer bytes(HybridLog log) throws Exception {
        ByteBuffer all = ByteBuffer.allocate(1 << 20);
        for (var segment : log.logSegments()) {
            ByteBuffer bytes = ByteBuffer.allocate(segment.size());
            segment.log().readInto(bytes, 0);
            all.put(bytes);
        }
        return all.flip();
    }

    private static void delete(File dir, String name) {
        assertThat(new File(dir, name).delete()).as(name).isTrue();
    }
}
