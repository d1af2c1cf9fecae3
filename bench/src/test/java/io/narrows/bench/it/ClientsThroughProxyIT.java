package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.cluster.TestTopics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other people's clients produce and consume with a proxy as the only address; brokers' names cannot be resolved here. */
final class ClientsThroughProxyIT {
    private static final int LINES = 2000;

    @TempDir
    static Path directory;

    private static ProcessCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = HiddenBrokers.start(
                directory,
                "clients-through-proxy",
                Map.of(),
                Map.of(
                        "client.zone.sources",
                        "rack, client-id, cidr",
                        "client.zone.cidrs",
                        "127.0.0.0/8=a, 10.0.0.0/8=b"));
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    private static String proxy() {
        return cluster.layout().proxyAddress(0);
    }

    private static String otherProxy() {
        return cluster.layout().proxyAddress(1);
    }

    private static String topic(String name, int partitions) {
        try (TestTopics topics = new TestTopics(proxy())) {
            topics.create(name, partitions, Map.of());
        }
        return name;
    }

    @ParameterizedTest(name = "kafka-clients {0}, {1}")
    @CsvSource({"2.8, gzip", "3.9, zstd"})
    void olderJavaClients(String version, String compression) throws Exception {
        OldClients.check(version, compression, topic("java-" + version, 1), proxy(), otherProxy());
    }

    @Test
    void aClientOfAnotherZoneIsServedAndShown() throws Exception {
        String topic = topic("strayed", 1);
        String status = "http://" + cluster.layout().adminAddress(0) + "/status";
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        proxy(),
                        ConsumerConfig.CLIENT_ID_CONFIG,
                        "stray;zone=b",
                        ConsumerConfig.GROUP_ID_CONFIG,
                        "strayed"),
                new StringDeserializer(),
                new StringDeserializer())) {
            assertThat(consumer.partitionsFor(topic)).hasSize(1);
            String shown = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(URI.create(status)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            assertThat(shown).contains("connectionsByZone", "stray;zone=b", "CLIENT_ID");
        }
    }

    @Test
    void kcatProducesReadsAndJoinsAGroup() throws Exception {
        String kcat = Programs.onPath("kcat", "kafkacat");
        assumeTrue(kcat != null, "neither kcat nor kafkacat is on the PATH");
        String topic = topic("kcat", 3);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < LINES; i++) {
            lines.append("line ").append(i).append('\n');
        }
        Path input = Files.writeString(directory.resolve("kcat.txt"), lines);
        Programs.run(input, kcat, "-P", "-b", proxy(), "-t", topic, "-X", "enable.idempotence=true");
        String shown = Programs.run(null, kcat, "-L", "-b", proxy(), "-t", topic);
        assertThat(shown).doesNotContain(HiddenBrokers.DOMAIN).contains("replicas:");
        String read = Programs.run(null, kcat, "-C", "-b", otherProxy(), "-t", topic, "-e", "-q", "-o", "beginning");
        assertThat(read.lines().distinct()).hasSize(LINES);
        String group = Programs.run(
                null,
                kcat,
                "-b",
                otherProxy(),
                "-X",
                "auto.offset.reset=earliest",
                "-c",
                Integer.toString(LINES),
                "-q",
                "-G",
                "kcat-group",
                topic);
        assertThat(group.lines().distinct()).hasSize(LINES);
    }

    @Test
    void librdkafkasPythonBindingCopiesInTransactions() throws Exception {
        assertThat(Programs.confluentKafkaProbe(proxy(), otherProxy(), topic("confluent-kafka", 3)))
                .endsWith("ok\n");
    }

    @Test
    void kafkajs() throws Exception {
        assertThat(Programs.kafkajsProbe(proxy(), otherProxy(), topic("kafkajs", 1)))
                .endsWith("ok\n");
    }

    @Test
    void franzGo() throws Exception {
        Path probe = Path.of("target", "franz-go", "probe").toAbsolutePath();
        assumeTrue(Files.isExecutable(probe), "no franz-go probe: .ci/clients.sh builds it with Go");
        assertThat(Programs.run(null, probe.toString(), proxy(), otherProxy(), topic("franz-go", 3)))
                .endsWith("ok\n");
    }

    @ParameterizedTest(name = "group protocol {0}")
    @ValueSource(strings = {"classic", "streams"})
    void kafkaStreamsCountsWordsExactlyOnce(String protocol) throws Exception {
        String input = topic("words-" + protocol, 3);
        String output = topic("counts-" + protocol, 3);
        try (WordCount count = new WordCount(proxy(), otherProxy(), directory.resolve("streams-" + protocol))) {
            assertThat(count.run(protocol, input, output)).isEqualTo(count.expected());
            if (protocol.equals("streams")) {
                assertThat(streamsGroups("--list")).contains("word-count-streams");
                assertThat(streamsGroups("--describe", "--group", "word-count-streams", "--members"))
                        .contains("word-count-streams")
                        .doesNotContain(HiddenBrokers.DOMAIN);
            }
        }
    }

    private static String streamsGroups(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", proxy()));
        all.addAll(List.of(arguments));
        return KafkaTool.run("org.apache.kafka.tools.streams.StreamsGroupCommand", all.toArray(String[]::new));
    }

    @ParameterizedTest(name = "acquire mode {0}")
    @ValueSource(strings = {"batch_optimized", "record_limit"})
    void shareConsumersAcceptAndReleaseRecordsOfAllLeaders(String mode) throws Exception {
        String topic = topic("shared-" + mode, 6);
        int records = 300;
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, proxy()),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < records; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, i % 6, null, "record " + i));
            }
        }
        try (ShareReaders readers = new ShareReaders("sharers-" + mode, topic, mode, proxy(), otherProxy())) {
            Map<String, Integer> accepted = readers.read(records, Duration.ofSeconds(45));
            assertThat(accepted).hasSize(records);
            assertThat(accepted.values()).containsOnly(1);
        }
    }

    @Test
    void connectCopiesAFileAndMirrorMakerTheTopic() throws Exception {
        String topic = topic("connected", 1);
        Path from = directory.resolve("from.txt");
        Path to = directory.resolve("to.txt");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < LINES; i++) {
            lines.append("connected ").append(i).append('\n');
        }
        Files.writeString(from, lines);
        try (ConnectWorkers workers = new ConnectWorkers(proxy())) {
            workers.copyFile(from, topic, to);
            workers.mirror(topic, otherProxy());
            assertThat(Ready.await(
                            Duration.ofSeconds(60),
                            () -> to.toFile().length() >= from.toFile().length()))
                    .as("the sink has written as much as the source has read")
                    .isTrue();
            assertThat(Files.readString(to)).isEqualTo(Files.readString(from));
            assertThat(read("near." + topic)).containsExactlyElementsOf(Files.readAllLines(from));
        }
    }

    private static List<String> read(String topic) {
        List<String> values = new ArrayList<>();
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        proxy(),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        "reader-of-" + topic,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.METADATA_MAX_AGE_CONFIG,
                        500),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (values.size() < LINES && System.nanoTime() - end < 0) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }
}
