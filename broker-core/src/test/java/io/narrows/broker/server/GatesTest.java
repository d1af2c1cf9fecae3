package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.log.HybridLog;
import io.narrows.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import kafka.log.LogManager;
import kafka.server.BrokerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.SharedServer;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ServerSocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Links never reach what would take them for data (invariant I7). */
final class GatesTest {
    /** Operators see this name in the error of stock Kafka. */
    private static final String GUARD = "NARROWS.LOGS.HOLD.LINKS.DO.NOT.OPEN.WITH.STOCK.KAFKA";

    @TempDir
    static Path directory;

    static LinkedCluster cluster;

    @BeforeAll
    static void start() {
        Properties extra = new Properties();
        extra.put("narrows.s3.bucket", "b");
        extra.put("narrows.s3.access.key", "k");
        extra.put("narrows.s3.secret.key", "secret-of-the-test");
        extra.put("narrows.relay.listener", "0.0.0.0:9999");
        cluster = new LinkedCluster(directory, extra);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void compactedTopicsStayInline() throws Exception {
        cluster.create("compacted", 500, Map.of("cleanup.policy", "compact"));
        cluster.produce("compacted", 20, 1000, Map.of());

        assertThat(cluster.links("compacted", 1)).isZero();
        assertThat(cluster.log("compacted", 1).takesLinks()).isFalse();
        assertThat(cluster.parts.count(1, "staged.refused.by.log")).isPositive();
        assertThat(LinkedCluster.values(cluster.consume("compacted", 20, Map.of())))
                .isEqualTo(LinkedCluster.expected("compacted", 20, 1000));
    }

    @Test
    void aTopicCanNotBecomeCompacted() throws Exception {
        cluster.create("plain", 500, Map.of());
        cluster.produce("plain", 5, 1000, Map.of());

        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "plain");
        refused(topic, "cleanup.policy", "compact");
        refused(topic, "cleanup.policy", "compact,delete");
        refused(new ConfigResource(ConfigResource.Type.BROKER, ""), "log.cleanup.policy", "compact");
        alter(topic, "retention.ms", "1000000000");
    }

    @Test
    void whichTopicsAreLinkedChangesAtRuntimeInBothDirections() throws Exception {
        ConfigResource brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        cluster.create("chosen", 500, Map.of());
        cluster.produce("chosen", 5, 1000, Map.of("batch.size", "1"));
        int before = cluster.links("chosen", 1);
        assertThat(before).isEqualTo(5);

        alter(brokers, "narrows.link.topics.exclude", "other|cho.*");
        Await.until(
                "the topic is left out",
                Duration.ofSeconds(10),
                () -> !cluster.log("chosen", 1).takesLinks());
        cluster.produce("chosen", 5, 1000, Map.of("batch.size", "1"));
        assertThat(cluster.links("chosen", 1)).isEqualTo(before);

        alter(brokers, "narrows.link.topics.exclude", "other");
        Await.until(
                "the topic is linked again",
                Duration.ofSeconds(10),
                () -> cluster.log("chosen", 1).takesLinks());
        cluster.produce("chosen", 5, 1000, Map.of("batch.size", "1"));
        assertThat(cluster.links("chosen", 1)).isEqualTo(before + 5);
        assertThat(cluster.consume("chosen", 15, Map.of())).hasSize(15);
    }

    @Test
    void changesOfOurKeysAreChecked() {
        ConfigResource brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        refused(brokers, "narrows.link.topics", "un(closed");
        refused(brokers, "narrows.link.nonsense", "1");
        refused(new ConfigResource(ConfigResource.Type.BROKER, "1"), "narrows.link.topics", "a");
    }

    @Test
    void theCleanerDoesNotTouchLinks() throws Exception {
        cluster.create("dirty", 500, Map.of());
        cluster.produce("dirty", 5, 1000, Map.of());
        HybridLog log = cluster.log("dirty", 1);

        assertThatThrownBy(() -> log.replaceSegments(List.of(), log.logSegments()))
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining("Refused to clean");
    }

    @Test
    void stockKafkaDoesNotOpenOurLogDirectories() throws Exception {
        Path guard = cluster.cluster.logDir(1).resolve(GUARD);
        assertThat(guard).isDirectory();
        Path copy = Files.createDirectories(directory.resolve("copy"));
        Files.createDirectories(copy.resolve(GUARD));

        assertThatThrownBy(() -> loadWithStockKafka(copy))
                .isInstanceOf(KafkaException.class)
                .hasMessageContaining(GUARD);
    }

    @Test
    void aStockBrokerCanNotRegister() throws Exception {
        Properties properties = cluster.cluster.properties(2);
        properties.put("node.id", "4");
        properties.put("listeners", "PLAINTEXT://localhost:0");
        properties.put("advertised.listeners", "PLAINTEXT://localhost:1");
        properties.put("log.dirs", directory.resolve("stock").toString());
        properties.put("initial.broker.registration.timeout.ms", "3000");
        StorageFormat.format(properties, cluster.cluster.clusterId());
        BrokerServer stock = stockBroker(KafkaConfig.fromProps(properties, false));

        assertThatThrownBy(stock::startup).isInstanceOf(Exception.class);
        stock.awaitShutdown();
        assertThat(cluster.admin.describeCluster().nodes().get()).hasSize(3);
        cluster.create("still-open", 500, Map.of());
        Await.until(
                "links are still allowed",
                Duration.ofSeconds(10),
                () -> cluster.log("still-open", 1).takesLinks());
    }

    @Test
    void clientsSeeTheRelayAndNoSecrets() throws Exception {
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "2");
        var config = cluster.admin.describeConfigs(List.of(broker)).all().get().get(broker);

        assertThat(config.get("narrows.relay.listener").value()).isEqualTo("0.0.0.0:9999");
        assertThat(config.get("narrows.relay.advertised.listener").value()).isEqualTo("localhost:9999");
        assertThat(config.get("narrows.s3.secret.key").value()).isNull();
        assertThat(config.get("narrows.s3.secret.key").isSensitive()).isTrue();
    }

    @Test
    void aReplicaIsNotMovedBetweenDirectoriesOfABroker() throws Exception {
        cluster.create("unmoved", 500, Map.of());
        cluster.produce("unmoved", 5, 1000, Map.of());

        assertThatThrownBy(() -> cluster.cluster
                        .server(1)
                        .broker()
                        .logManager()
                        .getOrCreateLog(
                                cluster.log("unmoved", 1).topicPartition(),
                                false,
                                true,
                                cluster.log("unmoved", 1).topicId(),
                                scala.Option.empty()))
                .hasMessageContaining("does not move replicas");
    }

    private static void refused(ConfigResource resource, String key, String value) {
        assertThatThrownBy(() -> alter(resource, key, value))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(PolicyViolationException.class);
    }

    private static void alter(ConfigResource resource, String key, String value) throws Exception {
        cluster.admin
                .incrementalAlterConfigs(Map.of(
                        resource, List.of(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    private static void loadWithStockKafka(Path dir) {
        Properties properties = cluster.cluster.properties(2);
        properties.put("log.dirs", dir.toString());
        LogManager stock = LogManager.apply(
                KafkaConfig.fromProps(properties, false),
                scala.jdk.javaapi.CollectionConverters.asScala(List.<String>of())
                        .toSeq(),
                cluster.cluster.server(2).broker().metadataCache(),
                null,
                Time.SYSTEM,
                cluster.cluster.server(2).broker().brokerTopicStats(),
                cluster.cluster.server(2).broker().logDirFailureChannel());
        try {
            stock.loadLogs(stock.initialDefaultConfig(), scala.collection.immutable.Map$.MODULE$.empty(), log -> false);
        } finally {
            DiscardedLogManager.release(stock);
        }
    }

    private static BrokerServer stockBroker(KafkaConfig config) {
        var directories = KafkaRaftServer.initializeLogDirs(config, LoggerFactory.getLogger("stock"), "");
        return new BrokerServer(new SharedServer(
                config,
                directories._1(),
                Time.SYSTEM,
                new Metrics(),
                CompletableFuture.completedFuture(
                        QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
                List.of(),
                (name, fatal, action) -> (message, cause) -> new RuntimeException(message, cause),
                ServerSocketFactory.INSTANCE));
    }
}
