package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.testing.Await;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What running brokers show over HTTP, and that their bytes are those that clients and followers moved. */
final class AdminEndpointTest {
    private static final int RECORDS = 50;
    private static final int RECORD_BYTES = 4_000;

    @TempDir
    static Path directory;

    static RelayCluster cluster;
    static Admin admin;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() {
        Properties extra = new Properties();
        extra.put("narrows.admin.listener", "127.0.0.1:0");
        cluster = new RelayCluster(directory, LinkMode.NEVER, extra);
        admin = Admin.create(Map.of("bootstrap.servers", cluster.brokers.bootstrap()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        cluster.close();
    }

    private HttpResponse<String> get(int broker, String path) throws Exception {
        int port = cluster.brokers.server(broker).adminPort();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private long metric(int broker, String nameAndLabels) throws Exception {
        Matcher line = Pattern.compile("^" + Pattern.quote(nameAndLabels) + " (\\S+)$", Pattern.MULTILINE)
                .matcher(get(broker, "/metrics").body());
        return line.find() ? (long) Double.parseDouble(line.group(1)) : 0;
    }

    @Test
    void aRunningBrokerIsHealthyReadyAndSaysWhoItIs() throws Exception {
        assertThat(get(2, "/healthz").statusCode()).isEqualTo(200);
        assertThat(get(2, "/readyz").body()).isEqualTo("ready\n");
        assertThat(get(2, "/status").body())
                .contains("\"ready\" : true", "\"nodeId\" : 2", "\"zone\" : \"b\"", "\"linksAllowed\" : true")
                .contains("\"roles\" : [ \"broker\" ]", "\"clusterId\" : \"" + cluster.brokers.clusterId() + "\"");
        assertThat(metric(2, "narrows_info{role=\"broker\",zone=\"b\",node=\"2\"}"))
                .isEqualTo(1);
    }

    @Test
    void everyMetricIsInTheCatalogAndKafkasOwnHaveValues() throws Exception {
        // "broker" is this harness's name of its only range reader; a real broker has two.
        assertThat(cluster.registries.get(1).getNames())
                .filteredOn(name -> !name.startsWith("range.broker."))
                .allSatisfy(name -> assertThat(BrokerCatalog.CATALOG.knows(name))
                        .as("%s is missing in BrokerCatalog", name)
                        .isTrue());
        String page = get(1, "/metrics").body();
        KafkaGauges.rules()
                .forEach(rule -> assertThat(page)
                        .as("a value of %s", rule.exposedName())
                        .containsPattern("(?m)^" + rule.exposedName() + " [0-9.]+"));
    }

    @Test
    void consumedBytesAreTheBatchesByTopicAndZone() throws Exception {
        long batches = produced("consumed");
        consume("consumed", "a");
        consume("consumed", "");

        // The leader is in zone a, and answers those who name no zone too.
        String topic = "narrows_topic_consume_bytes_total{topic=\"consumed\",";
        assertThat(metric(1, topic + "client_zone=\"a\",same_zone=\"true\"}")).isEqualTo(batches);
        assertThat(metric(1, topic + "client_zone=\"unknown\",same_zone=\"false\"}"))
                .isEqualTo(batches);
        assertThat(metric(1, zoneBytes("consume", "a", "a"))).isGreaterThanOrEqualTo(batches);
    }

    @Test
    void aConsumerInAnotherZoneIsCountedWhereItReads() throws Exception {
        long batches = produced("by-rack");
        consume("by-rack", "b");

        assertThat(metric(
                        2, "narrows_topic_consume_bytes_total{topic=\"by-rack\",client_zone=\"b\",same_zone=\"true\"}"))
                .isEqualTo(batches);
        assertThat(metric(1, zoneBytes("consume", "a", "b"))).isZero();
    }

    @Test
    void followersCountWhatTheyFetchFromTheLeadersZone() throws Exception {
        long before = metric(3, zoneBytes("replication", "a", "c"));
        long producedBefore = metric(1, zoneBytes("produce", "unknown", "a"));
        long batches = produced("replicated");

        // The fetches' own headers come on top.
        assertThat(metric(1, zoneBytes("produce", "unknown", "a")) - producedBefore)
                .isEqualTo(batches);
        Await.until(
                "the follower has fetched the batches",
                Duration.ofSeconds(20),
                () -> metric(3, zoneBytes("replication", "a", "c")) - before >= batches);
        assertThat(metric(3, zoneBytes("replication", "c", "a"))).isPositive();
    }

    private static String zoneBytes(String kind, String from, String to) {
        return "narrows_zone_bytes_total{kind=\"%s\",from_zone=\"%s\",to_zone=\"%s\"}".formatted(kind, from, to);
    }

    /** Writes records to a new topic led by broker 1, and says how many bytes its log has. */
    private static long produced(String topic) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(1, 2, 3)))))
                .all()
                .get();
        Map<String, Object> settings = Map.of("bootstrap.servers", cluster.brokers.bootstrap(), "acks", "all");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, new byte[RECORD_BYTES]))
                        .get();
            }
        }
        return admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values().stream()
                .mapToLong(dir ->
                        dir.replicaInfos().get(new TopicPartition(topic, 0)).size())
                .sum();
    }

    private static void consume(String topic, String rack) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", cluster.brokers.bootstrap());
        settings.put("client.rack", rack);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            int seen = 0;
            for (int poll : IntStream.range(0, 100).toArray()) {
                seen += consumer.poll(Duration.ofMillis(500)).count();
                if (seen == RECORDS) {
                    return;
                }
            }
            assertThat(seen).isEqualTo(RECORDS);
        }
    }
}
