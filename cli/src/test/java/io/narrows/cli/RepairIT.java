package io.narrows.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.broker.server.NarrowsServer;
import io.narrows.broker.server.StorageFormat;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.StoreMetrics;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.testing.Await;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code narrows repair} on a running broker one of whose objects was deleted. */
final class RepairIT {
    private static final String TOPIC = "orders";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
    private static final int BATCHES = 8;
    private static final int RECORDS_PER_BATCH = 3;
    private static final int LOST = 4;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
    private final Properties properties = new Properties();
    private S3ObjectStore store;
    private NarrowsServer server;
    private String bootstrap;

    @BeforeEach
    void start() throws IOException {
        s3.createBucket("bucket");
        store = S3ObjectStore.open(
                new S3Settings(
                        s3.endpoint(),
                        "us-east-1",
                        "bucket",
                        true,
                        new S3Settings.Credentials("a", "b"),
                        S3Settings.Limits.DEFAULT),
                new StoreMetrics(new MetricRegistry(), "store"));
        List<Integer> ports = List.of(freePort(), freePort());
        bootstrap = "localhost:" + ports.get(0);
        String listeners = "PLAINTEXT://localhost:" + ports.get(0) + ",CONTROLLER://localhost:" + ports.get(1);
        Map<String, String> all = new HashMap<>(Map.of(
                "node.id", "1",
                "process.roles", "broker,controller",
                "listeners", listeners,
                "advertised.listeners", "PLAINTEXT://" + bootstrap,
                "controller.quorum.voters", "1@localhost:" + ports.get(1),
                "controller.listener.names", "CONTROLLER",
                "listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
                "log.dirs", directory.toString(),
                "broker.rack", "a",
                "log.cleaner.dedupe.buffer.size", "2097152"));
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            all.put(topic + ".replication.factor", "1");
            if (!topic.startsWith("offsets")) {
                all.put(topic + ".min.isr", "1");
            }
            all.put(topic + ".num.partitions", "1");
        }
        all.putAll(Map.of(
                "narrows.s3.endpoint", s3.endpoint().toString(),
                "narrows.s3.bucket", "bucket",
                "narrows.s3.access.key", "a",
                "narrows.s3.secret.key", "b",
                "narrows.link.mode", "always",
                "narrows.link.min.bytes", "256",
                "narrows.wal.linger.ms", "1",
                "narrows.wal.puts.per.second", "1000",
                "narrows.gc.interval.ms", "10000"));
        properties.putAll(all);
        StorageFormat.format(properties, Uuid.randomUuid().toString());
        server = NarrowsServer.of(properties);
        server.start();
    }

    @AfterEach
    void close() {
        server.close();
        store.close();
        s3.close();
    }

    @Test
    void readersGoOnPastALostObjectOnceItsOffsetsAreConfirmed() throws Exception {
        fill();
        server.close();
        store.delete(List.of(batchKeys().get(LOST))).join();
        restart();

        // Blocked before the lost batch, and nothing says that anything was lost.
        assertThat(read(Map.of(), LOST)).isEqualTo(LOST * RECORDS_PER_BATCH);

        JsonNode list = new ObjectMapper().readTree(run(1, "--json"));
        assertThat(list.get("lostBatches").asInt()).isEqualTo(1);
        assertThat(list.get("lostRecords").asInt()).isEqualTo(RECORDS_PER_BATCH);
        JsonNode range = list.get("ranges").get(0);
        assertThat(range.get("topic").asText()).isEqualTo(TOPIC);
        assertThat(range.get("reason").asText()).isEqualTo("MISSING");
        long first = range.get("baseOffset").asLong();
        assertThat(range.get("lastOffset").asLong()).isEqualTo(first + RECORDS_PER_BATCH - 1);
        assertThat(range.get("producerId").asLong()).isNotNegative();

        String code = list.get("code").asText();
        assertThat(run(2, "--skip", "--reason", "test")).contains("--confirm");
        assertThat(run(1, "--skip", "--confirm", "00000000", "--reason", "test"))
                .contains("the list of lost batches has changed");
        assertThat(skipped()).as("nothing was changed so far").isEmpty();
        assertThat(run(0, "--skip", "--confirm", code, "--reason", "test"))
                .contains("offsets " + first + " to " + (first + 2), "Skipped: 1 batches with 3 records");

        assertReadersGoOn();
        assertThat(run(0)).contains("skipped already: 1, lost: 0 batches");

        server.close();
        restart();
        assertReadersGoOn();
    }

    private void assertReadersGoOn() throws Exception {
        int left = BATCHES - 1;
        assertThat(read(Map.of(), left)).isEqualTo(left * RECORDS_PER_BATCH);
        assertThat(read(Map.of("isolation.level", "read_committed"), left)).isEqualTo(left * RECORDS_PER_BATCH);
        assertThat(share(left * RECORDS_PER_BATCH)).isEqualTo(left * RECORDS_PER_BATCH);
        assertThat(server.metrics()
                        .getCounters()
                        .get("narrows.broker.records.skipped")
                        .getCount())
                .isPositive();
        assertThat(server.metrics()
                        .getCounters()
                        .get("narrows.broker.batches.skipped")
                        .getCount())
                .isEqualTo(1);
    }

    /** Transactions of one batch, each a link into an object of its own. */
    private void fill() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1), new NewTopic("first", 1, (short) 1)))
                    .all()
                    .get();
        }
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "linger.ms", "10000");
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            Await.until("the broker makes links", LIMIT, () -> {
                producer.send(new ProducerRecord<>("first", new byte[1000]));
                producer.flush();
                return !keys().isEmpty();
            });
        }
        store.delete(keys()).join();
        Map<String, Object> transactional = new HashMap<>(config);
        transactional.put("transactional.id", "tx");
        try (var producer = new KafkaProducer<>(transactional, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (int batch = 0; batch < BATCHES; batch++) {
                producer.beginTransaction();
                for (int i = 0; i < RECORDS_PER_BATCH; i++) {
                    producer.send(new ProducerRecord<>(TOPIC, new byte[500]));
                }
                producer.commitTransaction();
            }
        }
        assertThat(keys()).hasSizeGreaterThanOrEqualTo(BATCHES);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void restart() {
        server = NarrowsServer.of(properties);
        server.start();
    }

    /** In the order in which they were written: one writer has a key for each. */
    /** The newest objects. An older one may arrive late: its PUT took so long that the batch was appended as bytes. */
    private List<String> batchKeys() {
        List<String> all = keys();
        return all.subList(all.size() - BATCHES, all.size());
    }

    private List<String> keys() {
        return store.list("wal/", "", 1000).join().objects().stream()
                .map(ObjectInfo::key)
                .toList();
    }

    private List<ObjectInfo> skipped() {
        return store.list("gc/skipped/records/", "", 1000).join().objects();
    }

    /** How many records a consumer gets that waits for those of so many batches, and then looks whether there are more. */
    private int read(Map<String, Object> extra, int batches) {
        Map<String, Object> config = new HashMap<>(extra);
        config.put("bootstrap.servers", bootstrap);
        TreeSet<Long> offsets = new TreeSet<>();
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            Await.until("records of " + batches + " batches", LIMIT, () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(each -> offsets.add(each.offset()));
                return offsets.size() >= batches * RECORDS_PER_BATCH;
            });
            consumer.poll(Duration.ofSeconds(1)).forEach(each -> offsets.add(each.offset()));
        }
        return offsets.size();
    }

    private int share(int records) throws Exception {
        String group = "share-" + Uuid.randomUuid();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.GROUP, group),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "group.id", group);
        TreeSet<Long> offsets = new TreeSet<>();
        try (var consumer =
                new KafkaShareConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            Await.until("records of a share group", LIMIT, () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(each -> offsets.add(each.offset()));
                return offsets.size() >= records;
            });
        }
        return offsets.size();
    }

    private String run(int exitCode, String... options) {
        StringWriter out = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of("repair", "s3://bucket"));
        arguments.addAll(List.of("--endpoint", s3.endpoint().toString(), "--log-dir", directory.toString()));
        arguments.addAll(List.of("--topic", TOPIC));
        arguments.addAll(List.of(options));
        int code = NarrowsCli.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out))
                .execute(arguments.toArray(String[]::new));
        assertThat(code).as(out.toString()).isEqualTo(exitCode);
        return out.toString();
    }
}
