package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.s3server.EmbeddedS3Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own command line tools work against the brokers. */
final class KafkaToolsIT {
    @TempDir
    static Path directory;

    private static InProcessCluster cluster;
    private static String topic;

    @BeforeAll
    static void startClusterAndProduce() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")), Map.of(), ProxyPath.STAGED.proxySettings());
        cluster = InProcessCluster.start(directory, options);
        Loads loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.endpoints());
        var plan = Loads.lasting(Loads.plan(), Duration.ofSeconds(3));
        topic = plan.topic();
        loads.run("for the tools", plan);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Test
    void kafkaTopicsCreatesDescribesAndDeletes() throws Exception {
        String main = "org.apache.kafka.tools.TopicCommand";
        tool(main, "--create", "--topic", "made", "--partitions", "2", "--replication-factor", "3");
        assertThat(tool(main, "--describe", "--topic", "made")).contains("PartitionCount: 2", "ReplicationFactor: 3");
        tool(main, "--delete", "--topic", "made");
        assertThat(tool(main, "--list")).contains(topic);
    }

    @Test
    void kafkaConfigsChangesATopic() throws Exception {
        String main = "kafka.admin.ConfigCommand";
        tool(main, "--alter", "--topic", topic, "--add-config", "retention.ms=7200000");
        assertThat(tool(main, "--describe", "--topic", topic)).contains("retention.ms=7200000");
    }

    @Test
    void kafkaConsumerGroupsShowsOffsetsAndLag() throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers",
                cluster.layout().brokerBootstrap(0),
                "group.id",
                "shown",
                "auto.offset.reset",
                "earliest",
                "key.deserializer",
                ByteArrayDeserializer.class,
                "value.deserializer",
                ByteArrayDeserializer.class);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(topic));
            int read = 0;
            for (int polls = 0; polls < 100 && read == 0; polls++) {
                read += consumer.poll(Duration.ofMillis(200)).count();
            }
            assertThat(read).isPositive();
            consumer.commitSync();
        }
        String main = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
        assertThat(tool(main, "--describe", "--group", "shown")).contains(topic).contains("CURRENT-OFFSET");
    }

    @Test
    void kafkaDumpLogReadsASegmentWithLinks() throws Exception {
        Path segment = segment();
        String dump = run("org.apache.kafka.tools.DumpLogSegments", List.of("--files", segment.toString()));
        assertThat(dump).contains("baseOffset: 0").contains("isvalid: true").doesNotContain("isvalid: false");
    }

    private static Path segment() throws Exception {
        try (Stream<Path> files = Files.walk(directory.resolve("node-1"))) {
            return files.filter(file -> file.getFileName().toString().equals("00000000000000000000.log"))
                    .filter(file -> file.getParent().getFileName().toString().startsWith(topic + "-"))
                    .filter(file -> file.toFile().length() > 0)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static String tool(String main, String... arguments) throws Exception {
        List<String> all =
                new ArrayList<>(List.of("--bootstrap-server", cluster.layout().brokerAddress(0)));
        all.addAll(List.of(arguments));
        return run(main, all);
    }

    private static String run(String main, List<String> arguments) throws Exception {
        Path output = Files.createTempFile(directory, "tool", ".txt");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
        String text = Files.readString(output);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
