package io.narrows.broker.server;

import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.testing.Await;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Three brokers with tiered storage in segment objects on a real S3 server: Narrows, or stock Kafka with our storage manager as its
 * plugin. What a test writes and asks is the same for both, batch by batch. Used by one thread at a time.
 */
final class TieredCluster implements AutoCloseable {
    static final long T0 = 1_700_000_000_000L;
    /** Of a record's value; it can not be compressed. */
    static final int SIZE = 20_000;
    /** Records of a batch. */
    static final int BATCH = 3;

    private static final int SEGMENT = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    final TestCluster brokers;
    final Admin admin;

    /** A position in a log, with what Kafka says about it. */
    record Found(long offset, long timestamp, Optional<Integer> epoch) {
        static Found of(ListOffsetsResultInfo info) {
            return new Found(info.offset(), info.timestamp(), info.leaderEpoch());
        }
    }

    record EpochEnd(Errors error, int epoch, long endOffset) {}

    static TieredCluster narrows(Path directory, EmbeddedS3Server s3, Map<String, String> more) {
        Properties properties = common();
        properties.put("narrows.tier.enable", "true");
        properties.put("narrows.link.mode", "always");
        properties.put("narrows.wal.linger.ms", "1");
        properties.put("narrows.wal.puts.per.second", "10000");
        s3Keys("narrows").forEach((key, value) -> properties.put("narrows." + key, value));
        properties.put("narrows.s3.endpoint", s3.endpoint().toString());
        properties.putAll(more);
        s3.createBucket("narrows");
        return new TieredCluster(directory, properties, TestCluster.Servers.narrows());
    }

    /** {@code plugin} are the storage manager's own keys; see {@link #pluginKeys}. */
    static TieredCluster stock(Path directory, Map<String, String> plugin) {
        Properties properties = common();
        properties.put("remote.log.storage.system.enable", "true");
        properties.put("remote.log.metadata.manager.listener.name", "PLAINTEXT");
        properties.put("rlmm.config.remote.log.metadata.topic.replication.factor", "3");
        properties.putAll(plugin);
        return new TieredCluster(directory, properties, TestCluster.Servers.stock());
    }

    /** What docs/operations.md tells who uses our storage manager in a Kafka of his own. */
    static Map<String, String> pluginKeys(EmbeddedS3Server s3, String bucket) {
        Map<String, String> keys = new HashMap<>();
        keys.put("remote.log.storage.manager.class.name", "io.narrows.broker.tier.SegmentStorage");
        keys.put("remote.log.storage.manager.class.path", pluginPath());
        keys.put("rsm.config.narrows.s3.endpoint", s3.endpoint().toString());
        s3Keys(bucket).forEach((key, value) -> keys.put("rsm.config.narrows." + key, value));
        s3.createBucket(bucket);
        return keys;
    }

    /** All that Narrows needs but Kafka's own jars, as in a directory of plugins: its classes are loaded once more. */
    private static String pluginPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> !entry.contains("org/apache/kafka") && !entry.contains("slf4j"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Map<String, String> s3Keys(String bucket) {
        return Map.of("s3.bucket", bucket, "s3.access.key", "narrows", "s3.secret.key", "narrows-local");
    }

    private static Properties common() {
        Properties properties = new Properties();
        properties.put("remote.log.manager.task.interval.ms", "100");
        properties.put("rlmm.config.remote.log.metadata.topic.num.partitions", "1");
        properties.put("log.retention.check.interval.ms", "200");
        properties.put("log.initial.task.delay.ms", "200");
        properties.put("log.segment.delete.delay.ms", "100");
        return properties;
    }

    private TieredCluster(Path directory, Properties properties, TestCluster.Servers kind) {
        brokers = new TestCluster(directory, properties, kind);
        admin = Admin.create(Map.of("bootstrap.servers", brokers.bootstrap()));
    }

    @Override
    public void close() {
        admin.close();
        brokers.close();
    }

    // ---- writing

    /** One partition, led by broker 1, in segments of a mebibyte of real bytes. */
    void create(String topic, Map<String, String> config) throws Exception {
        Map<String, String> all = new HashMap<>(config);
        all.putIfAbsent("remote.storage.enable", "true");
        all.put("segment.bytes", Integer.toString(SEGMENT));
        all.putIfAbsent("retention.ms", "-1");
        admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(1, 2, 3))).configs(all)))
                .all()
                .get();
        Await.until("the leader of " + topic, PATIENCE, () -> inSync(topic) == 3);
    }

    /** Replicas in sync; 0 as long as a broker has not heard of the topic. */
    private int inSync(String topic) throws InterruptedException {
        try {
            return admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions()
                    .get(0)
                    .isr()
                    .size();
        } catch (ExecutionException e) {
            return 0;
        }
    }

    void alter(String topic, Map<String, String> changes) throws Exception {
        List<AlterConfigOp> ops = changes.entrySet().stream()
                .map(change -> new AlterConfigOp(
                        new ConfigEntry(change.getKey(), change.getValue()), AlterConfigOp.OpType.SET))
                .toList();
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), ops))
                .all()
                .get();
    }

    KafkaProducer<String, byte[]> producer(Map<String, Object> extra) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", brokers.bootstrap());
        config.put("batch.size", "200000");
        config.put("linger.ms", "60000");
        config.putAll(extra);
        return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
    }

    /** Records from one number up to another, in batches of three; record i has the timestamp T0 + 10 i. */
    void produce(String topic, int from, int to) throws Exception {
        try (var producer = producer(Map.of())) {
            for (int i = from; i < to; i++) {
                batch(producer, topic, i);
                if ((i - from) % BATCH == BATCH - 1) {
                    producer.flush();
                }
            }
        }
    }

    static void batch(KafkaProducer<String, byte[]> producer, String topic, int i) {
        producer.send(new ProducerRecord<>(topic, 0, T0 + i * 10L, "k" + i, value(topic, i)));
    }

    static byte[] value(String topic, int i) {
        byte[] bytes = new byte[SIZE];
        new Random(topic.hashCode() * 31L + i).nextBytes(bytes);
        return bytes;
    }

    /** Broker 2 leads, then 3, then 1 and so on: each call begins a new leader epoch. */
    void moveLeader(String topic, List<Integer> order) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        admin.alterPartitionReassignments(Map.of(partition, Optional.of(new NewPartitionReassignment(order))))
                .all()
                .get();
        Await.until(
                "the reassignment",
                PATIENCE,
                () -> admin.listPartitionReassignments().reassignments().get().isEmpty());
        Await.until("broker " + order.get(0) + " leads", PATIENCE, () -> {
            admin.electLeaders(ElectionType.PREFERRED, java.util.Set.of(partition))
                    .partitions()
                    .get();
            return leader(topic) == order.get(0);
        });
    }

    int leader(String topic) throws Exception {
        var leader = admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .get(0)
                .leader();
        return leader == null ? -1 : leader.id();
    }

    /** All closed segments are copied. */
    void awaitCopied(String topic) {
        Await.until("all closed segments of " + topic + " are copied", PATIENCE, () -> {
            long left = offset(topic, OffsetSpec.latest()) - 1 - offset(topic, OffsetSpec.latestTiered());
            return left * SIZE < SEGMENT;
        });
    }

    /** All closed segments are copied, and no longer on the leader's disk. */
    void awaitLocalGone(String topic) {
        awaitCopied(topic);
        Await.until(
                "closed local segments of " + topic + " are deleted",
                PATIENCE,
                () -> offset(topic, OffsetSpec.earliestLocal()) == offset(topic, OffsetSpec.latestTiered()) + 1);
    }

    // ---- asking

    /** The numbers of the records that a consumer reads from the beginning, up to an offset. */
    List<Integer> numbers(String topic, long to) {
        Map<String, Object> config = Map.of("bootstrap.servers", brokers.bootstrap());
        List<Integer> numbers = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            Await.until("all of " + topic + " is read", PATIENCE, () -> {
                for (var entry : consumer.poll(Duration.ofMillis(100))) {
                    int number = Integer.parseInt(entry.key().substring(1));
                    numbers.add(Arrays.equals(entry.value(), value(topic, number)) ? number : -1);
                }
                return consumer.position(partition) >= to;
            });
        }
        return numbers;
    }

    long offset(String topic, OffsetSpec spec) throws Exception {
        return found(topic, spec, IsolationLevel.READ_UNCOMMITTED).offset();
    }

    Found found(String topic, OffsetSpec spec, IsolationLevel isolation) throws Exception {
        return find(topic, spec, isolation).get();
    }

    /** The same, for many questions at a time. */
    KafkaFuture<Found> find(String topic, OffsetSpec spec, IsolationLevel isolation) {
        TopicPartition partition = new TopicPartition(topic, 0);
        return admin.listOffsets(Map.of(partition, spec), new ListOffsetsOptions(isolation))
                .partitionResult(partition)
                .thenApply(Found::of);
    }

    /** Errors by name, so that they can be compared. */
    Object deleteRecords(String topic, long before) throws InterruptedException {
        TopicPartition partition = new TopicPartition(topic, 0);
        try {
            return admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                    .lowWatermarks()
                    .get(partition)
                    .get()
                    .lowWatermark();
        } catch (ExecutionException e) {
            return e.getCause().getClass();
        }
    }

    /** What kafka-log-dirs shows of the replica on a broker. */
    long logDirBytes(String topic, int broker) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        return admin.describeLogDirs(List.of(broker)).allDescriptions().get().get(broker).values().stream()
                .filter(dir -> dir.replicaInfos().containsKey(partition))
                .mapToLong(dir -> dir.replicaInfos().get(partition).size())
                .sum();
    }

    EpochEnd endOfEpoch(String topic, int epoch) throws Exception {
        OffsetForLeaderTopicCollection topics = new OffsetForLeaderTopicCollection();
        topics.add(new OffsetForLeaderTopic()
                .setTopic(topic)
                .setPartitions(List.of(new OffsetForLeaderPartition()
                        .setPartition(0)
                        .setCurrentLeaderEpoch(-1)
                        .setLeaderEpoch(epoch))));
        try (KafkaSocket leader = leaderOf(topic)) {
            OffsetsForLeaderEpochResponse response = leader.call(
                    OffsetsForLeaderEpochRequest.Builder.forConsumer(topics).build());
            EpochEndOffset end =
                    response.data().topics().iterator().next().partitions().get(0);
            return new EpochEnd(Errors.forCode(end.errorCode()), end.leaderEpoch(), end.endOffset());
        }
    }

    KafkaSocket leaderOf(String topic) throws Exception {
        return new KafkaSocket("localhost", brokers.port(leader(topic)));
    }

    Fetched fetch(String topic, Fetched.Question question) throws Exception {
        try (KafkaSocket leader = leaderOf(topic)) {
            FetchResponse response = leader.call(question.request(topic));
            return Fetched.of(response, topic);
        }
    }

    /** Everything from an offset on, as a client that asks with a small limit sees it. */
    List<Fetched> fetchAll(String topic, long from, long to, Fetched.Question question) throws Exception {
        List<Fetched> answers = new ArrayList<>();
        long next = from;
        while (next < to) {
            Fetched answer = fetch(topic, question.at(next));
            answers.add(answer);
            if (answer.batches().isEmpty()) {
                throw new IOException("nothing at " + next + " of " + topic + ": " + answer);
            }
            next = answer.nextOffset();
        }
        return answers;
    }
}
