package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.bench.cluster.ProcessCluster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own command line tools with a proxy as the only address; brokers' names cannot be resolved here. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ToolsThroughProxyIT {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String CONFIGS = "kafka.admin.ConfigCommand";
    private static final String TOPIC = "tooled";
    private static final int RECORDS = 60;

    @TempDir
    static Path directory;

    private static ProcessCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = HiddenBrokers.start(
                directory,
                "tools-through-proxy",
                Map.of(
                        "authorizer.class.name",
                        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                        "super.users",
                        "User:ANONYMOUS",
                        "share.coordinator.state.topic.replication.factor",
                        "3",
                        "quota.window.num",
                        "3"),
                Map.of(
                        "broker.port.base",
                        "PLAINTEXT:{base}",
                        "cluster.apis.allowed",
                        "IncrementalAlterConfigs,AlterClientQuotas,AlterUserScramCredentials,CreateAcls,DeleteAcls,"
                                + "AlterPartitionReassignments,ElectLeaders"));
        tool("TopicCommand", "--create", "--topic", TOPIC, "--partitions", "3", "--replication-factor", "3");
        String lines =
                IntStream.range(0, RECORDS).mapToObj(i -> "line-" + i + "\n").collect(Collectors.joining());
        KafkaTool.runWith(
                lines,
                TOOLS + "ConsoleProducer",
                "--bootstrap-server",
                proxy(),
                "--topic",
                TOPIC,
                "--producer-property",
                "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner");
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    private static String proxy() {
        return cluster.layout().proxyAddress(0);
    }

    private static String tool(String name, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", proxy()));
        all.addAll(Arrays.asList(arguments));
        String main = name.contains(".") ? name : TOOLS + name;
        String text = KafkaTool.run(main, all.toArray(String[]::new));
        assertThat(text).as(name).doesNotContain(HiddenBrokers.DOMAIN);
        return text;
    }

    @Test
    @Order(1)
    void topicsAreDescribedWithTheirRealReplicasAndRacks() throws Exception {
        assertThat(tool("TopicCommand", "--list")).contains(TOPIC);
        String text = tool("TopicCommand", "--describe", "--topic", TOPIC);
        assertThat(text).contains("PartitionCount: 3", "ReplicationFactor: 3").containsPattern("Replicas: [123],[123]");
        assertThat(tool("TopicCommand", "--describe", "--under-replicated-partitions"))
                .doesNotContain("Topic:");
        assertThat(tool("TopicCommand", "--describe", "--unavailable-partitions"))
                .doesNotContain("Topic:");
        tool("TopicCommand", "--alter", "--topic", TOPIC, "--partitions", "4");
        assertThat(KafkaTool.run(TOOLS + "ClusterTool", "list-endpoints", "--bootstrap-server", proxy()))
                .contains("127.0.0.1");
    }

    @Test
    @Order(2)
    void configurationsOfTopicsBrokersGroupsAndClients() throws Exception {
        String main = CONFIGS;
        tool(main, "--alter", "--topic", TOPIC, "--add-config", "retention.ms=7200000");
        assertThat(tool(main, "--describe", "--topic", TOPIC)).contains("retention.ms=7200000");
        tool(main, "--alter", "--broker", "2", "--add-config", "log.cleaner.io.max.bytes.per.second=9999999");
        assertThat(tool(main, "--describe", "--broker", "2")).contains("log.cleaner.io.max.bytes.per.second=9999999");
        for (int broker = 1; broker <= 3; broker++) {
            // Settings are shown as they are, with the names that brokers advertise.
            String all = KafkaTool.run(
                    main, "--bootstrap-server", proxy(), "--describe", "--broker", Integer.toString(broker), "--all");
            assertThat(all)
                    .contains("broker.rack=" + cluster.layout().zoneOfBroker(broker))
                    .contains("node.id=" + broker);
        }
        tool(main, "--alter", "--broker-defaults", "--add-config", "log.cleaner.threads=1");
        assertThat(tool(main, "--describe", "--broker-defaults")).contains("log.cleaner.threads=1");
        tool(main, "--alter", "--broker-logger", "3", "--add-config", "kafka.server.KafkaApis=INFO");
        assertThat(tool(main, "--describe", "--broker-logger", "3")).contains("kafka.server.KafkaApis=INFO");
        tool(main, "--alter", "--client", "quoted", "--add-config", "producer_byte_rate=12345678");
        assertThat(tool(main, "--describe", "--client", "quoted")).contains("producer_byte_rate=1.2345678E7");
        tool(main, "--alter", "--group", "configured", "--add-config", "consumer.session.timeout.ms=50000");
        assertThat(tool(main, "--describe", "--group", "configured")).contains("consumer.session.timeout.ms=50000");
        tool(main, "--alter", "--user", "alice", "--add-config", "SCRAM-SHA-256=[iterations=4096,password=secret]");
        assertThat(tool(main, "--describe", "--user", "alice")).contains("SCRAM-SHA-256=iterations=4096");
        tool("ClientMetricsCommand", "--alter", "--name", "wanted", "--metrics", "org.apache.", "--interval", "60000");
        assertThat(tool("ClientMetricsCommand", "--list")).contains("wanted");
    }

    @Test
    @Order(3)
    void consolesAndConsumerGroups() throws Exception {
        String read = KafkaTool.run(
                TOOLS + "consumer.ConsoleConsumer",
                "--bootstrap-server",
                proxy(),
                "--topic",
                TOPIC,
                "--from-beginning",
                "--group",
                "console",
                "--max-messages",
                Integer.toString(RECORDS));
        assertThat(read.lines().filter(line -> line.startsWith("line-")).distinct())
                .hasSize(RECORDS);
        String main = TOOLS + "consumer.group.ConsumerGroupCommand";
        assertThat(tool(main, "--list", "--state")).contains("console");
        assertThat(tool(main, "--describe", "--group", "console")).contains(TOPIC, "CURRENT-OFFSET");
        tool(main, "--reset-offsets", "--group", "console", "--topic", TOPIC, "--to-earliest", "--execute");
        assertThat(tool(main, "--describe", "--group", "console", "--offsets")).contains(TOPIC);
        tool(main, "--delete-offsets", "--group", "console", "--topic", TOPIC);
        assertThat(tool("GroupsCommand", "--list")).contains("console");
        tool(main, "--delete", "--group", "console");
        assertThat(tool(main, "--list")).doesNotContain("console");
    }

    @Test
    @Order(3)
    void shareGroups() throws Exception {
        String main = TOOLS + "consumer.group.ShareGroupCommand";
        tool(CONFIGS, "--alter", "--group", "shared", "--add-config", "share.auto.offset.reset=earliest");
        String read = KafkaTool.run(
                TOOLS + "consumer.ConsoleShareConsumer",
                "--bootstrap-server",
                proxy(),
                "--topic",
                TOPIC,
                "--group",
                "shared",
                "--max-messages",
                Integer.toString(RECORDS));
        assertThat(read.lines().filter(line -> line.startsWith("line-")).distinct())
                .hasSize(RECORDS);
        assertThat(tool(main, "--list")).contains("shared");
        assertThat(tool(main, "--describe", "--group", "shared")).contains(TOPIC, "START-OFFSET");
        tool(main, "--reset-offsets", "--group", "shared", "--topic", TOPIC, "--to-latest", "--execute");
        assertThat(tool(main, "--describe", "--group", "shared", "--offsets")).contains(TOPIC);
        tool(main, "--delete-offsets", "--group", "shared", "--topic", TOPIC);
        tool(main, "--delete", "--group", "shared");
        assertThat(tool(main, "--list")).doesNotContain("shared");
    }

    @Test
    @Order(4)
    void accessControl() throws Exception {
        String add =
                tool("AclCommand", "--add", "--allow-principal", "User:bob", "--operation", "Read", "--topic", TOPIC);
        assertThat(add).contains("User:bob");
        assertThat(tool("AclCommand", "--list", "--topic", TOPIC)).contains("User:bob");
        tool(
                "AclCommand",
                "--remove",
                "--force",
                "--allow-principal",
                "User:bob",
                "--operation",
                "Read",
                "--topic",
                TOPIC);
        assertThat(tool("AclCommand", "--list", "--topic", TOPIC)).doesNotContain("User:bob");
    }

    @Test
    @Order(5)
    void offsetsAndDeletedRecords() throws Exception {
        assertThat(tool("GetOffsetShell", "--topic", TOPIC, "--time", "-1")).contains(TOPIC + ":0:");
        Path file = Files.writeString(
                directory.resolve("delete.json"),
                "{\"partitions\":[{\"topic\":\"" + TOPIC + "\",\"partition\":0,\"offset\":5},{\"topic\":\"" + TOPIC
                        + "\",\"partition\":1,\"offset\":5},{\"topic\":\"" + TOPIC
                        + "\",\"partition\":2,\"offset\":5}],\"version\":1}");
        assertThat(tool("DeleteRecordsCommand", "--offset-json-file", file.toString()))
                .contains("low_watermark: 5");
        assertThat(tool("GetOffsetShell", "--topic", TOPIC, "--time", "-2"))
                .contains(TOPIC + ":0:5", TOPIC + ":1:5", TOPIC + ":2:5");
    }

    @Test
    @Order(6)
    void reassignmentsAndElections() throws Exception {
        String main = TOOLS + "reassign.ReassignPartitionsCommand";
        Path topics = Files.writeString(
                directory.resolve("topics.json"), "{\"topics\":[{\"topic\":\"" + TOPIC + "\"}],\"version\":1}");
        assertThat(tool(main, "--generate", "--topics-to-move-json-file", topics.toString(), "--broker-list", "1,2,3"))
                .contains("Proposed partition reassignment configuration");
        Path plan = Files.writeString(
                directory.resolve("plan.json"),
                "{\"version\":1,\"partitions\":[{\"topic\":\"" + TOPIC + "\",\"partition\":0,\"replicas\":[3,1,2]}]}");
        tool(main, "--execute", "--reassignment-json-file", plan.toString());
        tool(main, "--list");
        Path elect = Files.writeString(
                directory.resolve("elect.json"), "{\"partitions\":[{\"topic\":\"" + TOPIC + "\",\"partition\":0}]}");
        tool("LeaderElectionCommand", "--election-type", "preferred", "--path-to-json-file", elect.toString());
        assertThat(tool("TopicCommand", "--describe", "--topic", TOPIC)).contains("Leader: 3\tReplicas: 3,1,2");
    }

    /** At the rate that a tool has set, in the clients' own metrics, and no other client waits. */
    @Test
    @Order(9)
    void quotasThrottleOnlyTheClientsTheyAreSetFor() throws Exception {
        int bytes = 10_000;
        int records = 200;
        String topic = "metered";
        tool("TopicCommand", "--create", "--topic", topic, "--partitions", "1", "--replication-factor", "3");
        tool(CONFIGS, "--alter", "--client", "metered", "--add-config", "producer_byte_rate=400000");
        tool(CONFIGS, "--alter", "--client", "metered", "--add-config", "consumer_byte_rate=400000");
        tool(CONFIGS, "--alter", "--client", "busy", "--add-config", "request_percentage=0.01");
        try (QuotaProbe probe = new QuotaProbe(proxy(), "metered")) {
            assertThat(probe.produceThrottledMs(topic, records, bytes)).isPositive();
            assertThat(probe.fetchThrottledMs(topic, records)).isPositive();
            assertThat(probe.slowestBesideAThrottledClientMs("busy")).isLessThan(1_000);
        }
    }

    @Test
    @Order(8)
    void logDirectoriesOfEachBrokerAtItsPort() throws Exception {
        String text = tool("LogDirsCommand", "--describe", "--topic-list", TOPIC);
        assertThat(text)
                .contains("\"broker\":1", "\"broker\":2", "\"broker\":3")
                .contains("node-3");
        JsonNode brokers = new ObjectMapper()
                .readTree(text.lines()
                        .filter(line -> line.startsWith("{"))
                        .findFirst()
                        .orElseThrow())
                .get("brokers");
        for (JsonNode broker : brokers) {
            assertThat(broker.get("logDirs"))
                    .singleElement()
                    .satisfies(dir -> assertThat(dir.get("logDir").asText())
                            .endsWith("node-" + broker.get("broker").asInt()));
        }
    }

    @Test
    @Order(7)
    void clusterQuorumFeaturesAndTransactions() throws Exception {
        assertThat(KafkaTool.run(TOOLS + "ClusterTool", "cluster-id", "--bootstrap-server", proxy()))
                .contains("Cluster ID:");
        assertThat(tool("FeatureCommand", "describe")).contains("metadata.version");
        assertThat(tool("MetadataQuorumCommand", "describe", "--status")).contains("LeaderId");
        assertThat(tool("MetadataQuorumCommand", "describe", "--replication")).contains("Leader");
        assertThat(tool("BrokerApiVersionsCommand")).contains("Produce(0)").doesNotContain("ERROR");
        assertThat(tool("TransactionsCommand", "list")).contains("TransactionalId");
        assertThat(tool("TransactionsCommand", "describe-producers", "--topic", TOPIC, "--partition", "0"))
                .contains("ProducerId");
        assertThat(tool("TransactionsCommand", "find-hanging", "--broker-id", "1"))
                .contains("ProducerId");
    }
}
