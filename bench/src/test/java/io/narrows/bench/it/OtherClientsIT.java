package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.s3server.EmbeddedS3Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that are not ours and not of this Kafka version produce through a proxy, and what they sent is read back. */
final class OtherClientsIT {
    @TempDir
    static Path directory;

    private static InProcessCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")), Map.of(), ProxyPath.STAGED.proxySettings());
        cluster = InProcessCluster.start(directory, options);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @ParameterizedTest(name = "kafka-clients {0}, {1}")
    @CsvSource({"2.8, none", "2.8, gzip", "2.8, zstd", "3.9, none", "3.9, lz4", "3.9, snappy"})
    void olderJavaClients(String version, String compression) throws Exception {
        OldClients.check(version, compression, topic("java-" + version + "-" + compression), proxy(), brokers());
    }

    @Test
    void kcat() throws Exception {
        String kcat = Programs.onPath("kcat", "kafkacat");
        assumeTrue(kcat != null, "neither kcat nor kafkacat is on the PATH");
        String topic = topic("kcat");
        Path input = Files.writeString(directory.resolve("kcat.txt"), lines());
        String produced =
                Programs.run(input, kcat, "-P", "-b", proxy(), "-t", topic, "-p", "0", "-X", "enable.idempotence=true");
        assertThat(produced).doesNotContain("ERROR");
        String read =
                Programs.run(null, kcat, "-C", "-b", brokers(), "-t", topic, "-p", "0", "-e", "-q", "-o", "beginning");
        assertThat(read).isEqualTo(lines());
    }

    /** librdkafka knows brokers by address: shown several nodes at one, it would miss most partitions. */
    @Test
    void kcatOnManyPartitions() throws Exception {
        String kcat = Programs.onPath("kcat", "kafkacat");
        assumeTrue(kcat != null, "neither kcat nor kafkacat is on the PATH");
        String topic = topic("kcat-partitions", 7);
        Path input = Files.writeString(directory.resolve("kcat-partitions.txt"), lines());
        String produced = Programs.run(
                input, kcat, "-P", "-b", proxy(), "-t", topic, "-p", "-1", "-X", "sticky.partitioning.linger.ms=0");
        assertThat(produced).doesNotContain("ERROR");
        String read = Programs.run(null, kcat, "-C", "-b", proxy(), "-t", topic, "-e", "-q", "-f", "%p %s\n");
        List<String> partitions =
                read.lines().map(line -> line.substring(0, 1)).distinct().toList();
        assertThat(partitions).hasSize(7);
        assertThat(read.lines().map(line -> line.substring(2))).containsExactlyInAnyOrder(lines().split("\n"));
    }

    @Test
    void kafkajs() throws Exception {
        assertThat(Programs.kafkajsProbe(proxy(), brokers(), topic("kafkajs"))).endsWith("ok\n");
    }

    private static String lines() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            lines.append("line ").append(i).append(' ').append("x".repeat(200)).append('\n');
        }
        return lines.toString();
    }

    private static String topic(String name) {
        return topic(name, 1);
    }

    private static String topic(String name, int partitions) {
        try (TestTopics topics = new TestTopics(brokers())) {
            topics.create(name, partitions, Map.of());
        }
        return name;
    }

    private static String proxy() {
        return cluster.layout().proxyAddress(0);
    }

    private static String brokers() {
        return cluster.layout().brokerBootstrap(0);
    }
}
