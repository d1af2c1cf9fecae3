package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadPlan.Readers;
import io.narrows.cli.load.LoadRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers that know the proxy of their zone only: both group protocols, transactions, a suspended broker, a killed one. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ConsumersThroughProxyIT {
    private static final int RECORDS = 600;
    private static final long GROUP_LIMIT_MS = 60_000;
    private static final String ONE_REPLICA = "one-replica";
    private static final String MOVED = "moved";
    private static final int PARTITIONS = 12;

    /** The zone of the suspended broker; its id is one more. */
    private static final int STILL = 1;

    private static final long STILL_LIMIT_MS = 4_000;
    private static final long FOLLOWS_LIMIT_MS = 15_000;

    @TempDir
    static Path directory;

    private static ProcessCluster cluster;
    private static Loads loads;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = ProcessCluster.start(
                directory, ProcessCluster.options(directory), Jvms.small(Path.of("target", "it-logs", "consumers")));
        loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.layout().proxyEndpoints());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Test
    @Order(1)
    void everyZoneReadsEverythingOnce() throws Exception {
        Loads.finish("read through proxies", loads.start(reading(Loads.plan(), FanOut.EVERY_ZONE)));
    }

    @Test
    @Order(2)
    void committedReadsOfTransactions() throws Exception {
        LoadPlan plan = Loads.producing(Loads.plan(), Guarantee.TRANSACTIONAL, "lz4");
        Loads.finish("transactions read through proxies", loads.start(reading(plan, FanOut.SHARED)));
    }

    /** Two members share the partitions, one leaves, the other goes on from what was committed. */
    @ParameterizedTest(name = "group protocol {0}")
    @ValueSource(strings = {"classic", "consumer"})
    @Order(3)
    void aGroupSharesAndTakesOver(String protocol) throws Exception {
        String topic = "group-" + protocol;
        try (TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0))) {
            topics.create(topic, 6, Map.of());
        }
        produce(topic, 0);
        Set<String> seen = new TreeSet<>();
        try (KafkaConsumer<String, String> first = consumer(topic, protocol, 0)) {
            try (KafkaConsumer<String, String> second = consumer(topic, protocol, 1)) {
                poll(List.of(first, second), seen, RECORDS);
                awaitShared(List.of(first, second), seen);
            }
            produce(topic, RECORDS);
            poll(List.of(first), seen, 2 * RECORDS);
            assertThat(first.assignment()).hasSize(6);
        }
        assertThat(seen).hasSize(2 * RECORDS);
    }

    /** Of one replica each, so that only the proxy can make the others wait. */
    @Test
    @Order(4)
    void aBrokerThatStandsStillHoldsUpItsOwnPartitionsOnlyAlsoOfOneProducer() throws Exception {
        Map<Integer, List<Integer>> replicas = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            replicas.put(partition, List.of(1 + partition % 3));
        }
        try (TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0))) {
            topics.admin()
                    .createTopics(
                            List.of(new NewTopic(ONE_REPLICA, replicas).configs(Map.of("min.insync.replicas", "1"))))
                    .all()
                    .get();
        }
        Set<String> seen = new TreeSet<>();
        try (KafkaProducer<String, String> producer = producer();
                KafkaConsumer<String, String> reader = assigned(ONE_REPLICA)) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                send(producer, partition, "before").get();
            }
            pollUntil(reader, seen, "before", PARTITIONS);
            cluster.broker(STILL).pause();
            Future<RecordMetadata> held = send(producer, STILL, "still");
            try {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    if (!isStill(partition)) {
                        send(producer, partition, "while").get(STILL_LIMIT_MS, TimeUnit.MILLISECONDS);
                    }
                }
                pollUntil(reader, seen, "while", PARTITIONS - PARTITIONS / 3);
                assertThat(held).isNotDone();
            } finally {
                cluster.broker(STILL).resume();
            }
            held.get();
            pollUntil(reader, seen, "still", 1);
        }
    }

    private static boolean isStill(int partition) {
        return partition % 3 == STILL;
    }

    private static Future<RecordMetadata> send(KafkaProducer<String, String> producer, int partition, String when) {
        return producer.send(new ProducerRecord<>(ONE_REPLICA, partition, null, when + "-" + partition));
    }

    /** The time limit is shorter than the one after which the controller takes the broker for dead. */
    private static void pollUntil(KafkaConsumer<String, String> reader, Set<String> seen, String when, int wanted) {
        long deadline = System.currentTimeMillis() + STILL_LIMIT_MS;
        while (seen.stream().filter(value -> value.startsWith(when)).count() < wanted) {
            assertThat(System.currentTimeMillis()).as("%s: seen %s", when, seen).isLessThan(deadline);
            reader.poll(Duration.ofMillis(100)).forEach(record -> seen.add(record.value()));
        }
    }

    private static KafkaProducer<String, String> producer() {
        return new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.layout().proxyAddress(0)),
                new StringSerializer(),
                new StringSerializer());
    }

    private static KafkaConsumer<String, String> assigned(String topic) {
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.layout().proxyAddress(0),
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false),
                new StringDeserializer(),
                new StringDeserializer());
        List<TopicPartition> all = IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        return consumer;
    }

    /** Told by the proxy, for neither age of metadata nor an error of a broker would tell it within the test. */
    @Test
    @Order(5)
    void aProducerFollowsALeaderToItsNodeSoon() throws Exception {
        TopicPartition moved = new TopicPartition(MOVED, 0);
        try (TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0));
                KafkaProducer<String, String> producer = producer()) {
            topics.admin()
                    .createTopics(List.of(
                            new NewTopic(MOVED, Map.of(0, List.of(1, 2, 3), 1, List.of(2, 3, 1), 2, List.of(3, 1, 2)))))
                    .all()
                    .get();
            for (int partition = 0; partition < 3; partition++) {
                producer.send(new ProducerRecord<>(MOVED, partition, null, "before"))
                        .get();
            }
            int before = nodeOf(producer, moved);
            topics.admin()
                    .alterPartitionReassignments(
                            Map.of(moved, Optional.of(new NewPartitionReassignment(List.of(2, 1, 3)))))
                    .all()
                    .get();
            topics.admin()
                    .electLeaders(ElectionType.PREFERRED, Set.of(moved))
                    .partitions()
                    .get();

            long deadline = System.currentTimeMillis() + FOLLOWS_LIMIT_MS;
            while (nodeOf(producer, moved) == before) {
                assertThat(System.currentTimeMillis())
                        .as("still at node %d", before)
                        .isLessThan(deadline);
                producer.send(new ProducerRecord<>(MOVED, 0, null, "while")).get();
            }
            double there = requestsTo(producer, nodeOf(producer, moved));
            for (int i = 0; i < 5; i++) {
                producer.send(new ProducerRecord<>(MOVED, 0, null, "after")).get();
            }
            assertThat(requestsTo(producer, nodeOf(producer, moved)) - there).isGreaterThanOrEqualTo(5);
        }
    }

    /** As the producer knows it. */
    private static int nodeOf(KafkaProducer<String, String> producer, TopicPartition partition) {
        return producer.partitionsFor(partition.topic()).stream()
                .filter(each -> each.partition() == partition.partition())
                .map(each -> each.leader().id())
                .findFirst()
                .orElseThrow();
    }

    private static double requestsTo(KafkaProducer<String, String> producer, int node) {
        return producer.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("request-total")
                        && ("node-" + node).equals(metric.metricName().tags().get("node-id")))
                .mapToDouble(metric -> (double) metric.metricValue())
                .sum();
    }

    @Test
    @Order(6)
    void aBrokerIsKilledWhileAllZonesRead() throws Exception {
        LoadPlan plan = Loads.lasting(Loads.plan(), Duration.ofSeconds(20));
        LoadRun run = loads.start(reading(plan, FanOut.EVERY_ZONE));
        assertThat(run.awaitProducers(Duration.ofSeconds(4))).isFalse();
        cluster.broker(1).kill();
        assertThat(run.awaitProducers(Duration.ofSeconds(6))).isFalse();
        cluster.restartBroker(1);
        Loads.finish("leader and follower killed under readers", run);
    }

    private static LoadPlan reading(LoadPlan plan, FanOut fanOut) {
        return new LoadPlan(
                plan.topic(),
                plan.partitions(),
                plan.runId(),
                plan.rate(),
                plan.duration(),
                plan.shape(),
                plan.producers(),
                new Readers(fanOut, Map.of(ConsumerConfig.CLIENT_RACK_CONFIG, "")));
    }

    private static void produce(String topic, int from) {
        Map<String, Object> settings =
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.layout().proxyAddress(0));
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int i = from; i < from + RECORDS; i++) {
                var unused = producer.send(new ProducerRecord<>(topic, i % 6, null, String.valueOf(i)));
            }
        }
    }

    private static KafkaConsumer<String, String> consumer(String topic, String protocol, int zone) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.layout().proxyAddress(zone));
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, topic);
        settings.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    /** Polls in turn, and commits what was seen, until there is as much as wanted. */
    private static void poll(List<KafkaConsumer<String, String>> members, Set<String> seen, int wanted) {
        long deadline = System.currentTimeMillis() + GROUP_LIMIT_MS;
        while (seen.size() < wanted) {
            assertThat(System.currentTimeMillis())
                    .as("seen %d of %d", seen.size(), wanted)
                    .isLessThan(deadline);
            members.forEach(member -> pollOnce(member, seen));
        }
    }

    private static void awaitShared(List<KafkaConsumer<String, String>> members, Set<String> seen) {
        long deadline = System.currentTimeMillis() + GROUP_LIMIT_MS;
        while (!members.stream().allMatch(member -> member.assignment().size() == 3)) {
            assertThat(System.currentTimeMillis()).as("the group is not shared").isLessThan(deadline);
            members.forEach(member -> pollOnce(member, seen));
        }
    }

    private static void pollOnce(KafkaConsumer<String, String> member, Set<String> seen) {
        for (ConsumerRecord<String, String> record : member.poll(Duration.ofMillis(100))) {
            seen.add(record.value());
        }
        try {
            member.commitSync();
        } catch (org.apache.kafka.clients.consumer.CommitFailedException
                | org.apache.kafka.common.errors.RebalanceInProgressException e) {
            // The group has moved on; what was seen is seen again by another member, which a set does not mind.
        }
    }
}
