package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.s3server.EmbeddedS3Config;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bytes that a proxy's metrics give to topics, clients, paths and zones are those that the producer sent. */
final class AttributionIT {
    private static final String LOCAL = "led-in-a";
    private static final String REMOTE = "led.in.b";
    private static final String CLIENT = "the client";
    private static final int RECORDS = 40;
    private static final int RECORD_BYTES = 20_000;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = ProxyPath.class,
            names = {"DIRECT", "STAGED"})
    void bytesOfTopicsClientsAndZonesAreTheProducers(ProxyPath path) throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")), path.brokerSettings(), path.proxySettings());
        try (InProcessCluster cluster = InProcessCluster.start(directory, options)) {
            createTopics(cluster.layout().brokerBootstrap(0));
            Map<String, Long> sent = produce(cluster.layout().proxyAddress(0));
            Metrics metrics = Metrics.of(cluster.proxy(0).adminPort());

            long local = sent.getOrDefault(LOCAL, 0L);
            long remote = sent.getOrDefault(REMOTE, 0L);
            assertThat(remote).isGreaterThan((long) RECORDS * RECORD_BYTES);
            boolean staged = path == ProxyPath.STAGED;
            // With three replicas also a leader in the producer's zone saves two transfers by a link.
            assertThat(metrics.topic(LOCAL, "local")).isEqualTo(staged ? 0 : local);
            assertThat(metrics.topic(LOCAL, "staged")).isEqualTo(staged ? local : 0);
            assertThat(metrics.topic(REMOTE, "direct")).isEqualTo(staged ? 0 : remote);
            assertThat(metrics.topic(REMOTE, "staged")).isEqualTo(staged ? remote : 0);
            assertThat(metrics.value("narrows_topic_produce_hop_bytes_total", "topic", LOCAL))
                    .isZero();
            assertThat(metrics.value("narrows_topic_produce_hop_bytes_total", "topic", REMOTE))
                    .isEqualTo(remote);
            assertThat(metrics.client(staged ? "staged" : "local")).isEqualTo(staged ? local + remote : local);
            assertThat(metrics.client("direct")).isEqualTo(staged ? 0 : remote);

            // Bytes cross to zone b as they are, or not at all: pointers are no hundredth of what they stand for.
            long crossed = metrics.relayed("a", "b");
            if (staged) {
                assertThat(crossed).isPositive().isLessThan(remote / 20);
                assertThat(metrics.value("narrows_wal_object_bytes_sum")).isGreaterThan(local + remote);
            } else {
                assertThat(crossed).isBetween(remote, remote + remote / 50);
                assertThat(metrics.value("narrows_wal_object_bytes_sum")).isZero();
            }
            assertThat(metrics.relayed("b", "a")).isPositive();
            assertThat(metrics.value("narrows_info", "role", "proxy", "zone", "a", "node", "proxy-a"))
                    .isEqualTo(1);
        }
    }

    private static void createTopics(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(
                            new NewTopic(LOCAL, Map.of(0, List.of(1, 2, 3))),
                            new NewTopic(REMOTE, Map.of(0, List.of(2, 3, 1)))))
                    .all()
                    .get();
        }
    }

    /** Bytes of batches by topic, as the producer counts them. */
    private static Map<String, Long> produce(String proxy) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", proxy, "client.id", CLIENT, "acks", "all");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            Random random = new Random(5);
            for (int i = 0; i < RECORDS; i++) {
                byte[] incompressible = new byte[RECORD_BYTES];
                random.nextBytes(incompressible);
                producer.send(new ProducerRecord<>(LOCAL, 0, null, incompressible))
                        .get();
                producer.send(new ProducerRecord<>(REMOTE, 0, null, incompressible))
                        .get();
            }
            return Map.of(LOCAL, sentBytes(producer, LOCAL), REMOTE, sentBytes(producer, REMOTE));
        }
    }

    private static long sentBytes(KafkaProducer<?, ?> producer, String topic) {
        // Kafka's metrics replace dots in the names of topics.
        return producer.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals("byte-total")
                        && topic.replace('.', '_')
                                .equals(metric.getKey()
                                        .tags()
                                        .getOrDefault("topic", "")
                                        .replace('.', '_')))
                .mapToLong(metric -> ((Number) metric.getValue().metricValue()).longValue())
                .sum();
    }

    /** A proxy's page of metrics. */
    private record Metrics(String page) {
        static Metrics of(int port) throws IOException, InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                    .build();
            return new Metrics(HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body());
        }

        long topic(String topic, String path) {
            return value("narrows_topic_produce_bytes_total", "topic", topic, "path", path);
        }

        long client(String path) {
            return value("narrows_client_produce_bytes_total", "client_id", CLIENT, "path", path);
        }

        long relayed(String from, String to) {
            return value("narrows_zone_bytes_total", "kind", "relay", "from_zone", from, "to_zone", to);
        }

        /** Of the line with exactly these labels; 0 without one. */
        long value(String name, String... labels) {
            StringBuilder line = new StringBuilder(name);
            for (int i = 0; i < labels.length; i += 2) {
                line.append(i == 0 ? '{' : ',')
                        .append(labels[i])
                        .append("=\"")
                        .append(labels[i + 1])
                        .append('"');
            }
            String key = line.append(labels.length == 0 ? "" : "}").toString();
            Matcher found = Pattern.compile("^" + Pattern.quote(key) + " (\\S+)$", Pattern.MULTILINE)
                    .matcher(page);
            return found.find() ? (long) Double.parseDouble(found.group(1)) : 0;
        }
    }
}
