package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.broker.server.RelayCluster.Weather;
import io.narrows.broker.server.TestProxy.Connection;
import io.narrows.broker.server.TestProxy.Send;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelayRefusedException;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a proxy sees of a leader's relay: order, results and errors, on three brokers. */
@ExtendWith(LeakDetection.class)
final class RelayAppendTest {
    @TempDir
    static Path directory;

    static RelayCluster cluster;
    static TestProxy proxy;
    static Admin admin;
    static final AtomicInteger WRITERS = new AtomicInteger();

    @BeforeAll
    static void start() {
        Properties extra = new Properties();
        extra.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        extra.put("allow.everyone.if.no.acl.found", "true");
        extra.put("super.users", "User:ANONYMOUS");
        cluster = new RelayCluster(directory, LinkMode.NEVER, extra);
        proxy = new TestProxy();
        admin = Admin.create(Map.of("bootstrap.servers", cluster.brokers.bootstrap()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        proxy.close();
        cluster.close();
    }

    @AfterEach
    void fineWeather() {
        cluster.weather = Weather.FINE;
    }

    @Test
    void manyEntriesInFlightWithSlowGetsAreAppendedInOrder() throws Exception {
        UUID topic = cluster.createTopic(admin, "order", 4);
        cluster.weather = Weather.slowGets(5, 40);
        Connection connection = connection();
        List<CompletableFuture<EntryResult>> results = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            List<Send> frame = new ArrayList<>();
            List<byte[]> batches = new ArrayList<>();
            for (int partition = 0; partition < 4; partition++) {
                batches.add(Batches.plain(number, 3, 2000));
            }
            List<Pointer> pointers = cluster.staged(batches);
            for (int partition = 0; partition < 4; partition++) {
                frame.add(send(topic, partition, number, pointers.get(partition), batches.get(partition)));
            }
            results.addAll(connection.send(TestProxy.ALL, frame));
        }

        assertThat(errors(results)).containsOnly(Errors.NONE);
        for (int partition = 0; partition < 4; partition++) {
            assertThat(cluster.numbers("order", partition, 300)).isEqualTo(expected(100, 3));
        }
    }

    /** Pointers, bytes and both take turns. */
    private static Send send(UUID topic, int partition, int number, Pointer pointer, byte[] batch) {
        int kind = (number + partition) % 4;
        return new Send(
                partition, 0, topic, partition, kind == 3 ? null : pointer, kind == 0 || kind == 1 ? null : batch);
    }

    @Test
    void idempotentBatchesInAPipelineAreExact() throws Exception {
        UUID topic = cluster.createTopic(admin, "idempotent", 1);
        cluster.weather = Weather.slowGets(2, 20);
        Connection connection = connection();
        List<CompletableFuture<EntryResult>> results = new ArrayList<>();
        for (int number = 0; number < 60; number++) {
            byte[] batch = Batches.idempotent(4711, number, 2, 1500);
            results.add(connection.send(TestProxy.ALL, pointer(topic, 1, 0, batch)));
            if (number % 7 == 0) {
                results.add(connection.send(TestProxy.ALL, pointer(topic, 1, 0, batch)));
            }
        }

        assertThat(errors(results)).containsOnly(Errors.NONE);
        assertThat(cluster.numbers("idempotent", 0, 120)).isEqualTo(expected(60, 2));
    }

    /** Rule L11. */
    @Test
    void aProducerThatThePartitionDoesNotKnowBeginsAtZeroOrAsksAgain() throws Exception {
        UUID topic = cluster.createTopic(admin, "first", 1);
        Connection connection = connection();
        List<CompletableFuture<EntryResult>> results = new ArrayList<>();
        for (int number : new int[] {1, 2, 0, 1}) {
            results.add(connection.send(TestProxy.ALL, bytes(topic, Batches.idempotent(4712, number, 2, 100))));
        }

        assertThat(errors(results.subList(0, 2))).containsOnly(Errors.UNKNOWN_PRODUCER_ID);
        assertThat(errors(results.subList(2, 4))).containsOnly(Errors.NONE);
        Send expired = bytes(topic, Batches.idempotent(4713, 5, 2, 100));
        assertThat(errors(List.of(connection.send(TestProxy.ALL, expired)))).containsOnly(Errors.UNKNOWN_PRODUCER_ID);
        assertThat(errors(List.of(connection.send(TestProxy.ALL, expired.withAnySequence()))))
                .containsOnly(Errors.NONE);
        assertThat(cluster.numbers("first", 0, 6)).containsExactly(0, 0, 1, 1, 5, 5);
    }

    private static Send bytes(UUID topic, byte[] batch) {
        return new Send(1, 0, topic, 0, null, batch);
    }

    @Test
    void anObjectThatIsMissingOrNotWhatThePointerSaysAppendsNothingAndStopsTheLane() throws Exception {
        UUID topic = cluster.createTopic(admin, "unreadable", 1);
        Connection connection = connection();
        byte[] batch = Batches.plain(0, 1, 3000);
        Pointer good = cluster.staged(List.of(batch)).get(0);
        Pointer missing = new Pointer(new WalObjectId("absent", 0, 0), 0, 100, 0);
        Pointer wrong = new Pointer(good.object(), good.position(), good.length(), good.crc32c() + 1);

        for (Pointer pointer : List.of(missing, wrong)) {
            EntryResult result = connection
                    .send(TestProxy.ALL, new Send(pointer == missing ? 1 : 2, 0, topic, 0, pointer, null))
                    .join();
            assertThat(result.relayError()).isEqualTo(RelayError.OBJECT_UNREADABLE);
        }
        EntryResult both = connection
                .send(TestProxy.ALL, new Send(3, 0, topic, 0, wrong, batch))
                .join();
        assertThat(both.relayError()).isEqualTo(RelayError.OBJECT_UNREADABLE);
        EntryResult behind = connection
                .send(TestProxy.ALL, new Send(1, 0, topic, 0, good, null))
                .join();
        assertThat(behind.relayError()).isEqualTo(RelayError.LANE_STOPPED);
        EntryResult again = connection
                .send(TestProxy.ALL, new Send(1, 1, topic, 0, null, batch))
                .join();
        assertThat(Errors.forCode(again.errorCode())).isEqualTo(Errors.NONE);
        EntryResult late = connection
                .send(TestProxy.ALL, new Send(1, 0, topic, 0, good, null))
                .join();
        assertThat(late.relayError()).isEqualTo(RelayError.STALE_LANE);
        assertThat(cluster.numbers("unreadable", 0, 1)).containsExactly(0);
    }

    @Test
    void aFollowerNamesTheLeaderAlsoToClientsThatDoNotKnowTheHint() throws Exception {
        UUID topic = cluster.createTopic(admin, "hint", 1);
        Connection connection = connection(2);
        for (short version : new short[] {9, 12, 13}) {
            EntryResult result = connection
                    .send(
                            TestProxy.context((short) -1, version, null),
                            new Send(version, 0, topic, 0, null, Batches.plain(0, 1, 100)))
                    .join();
            assertThat(Errors.forCode(result.errorCode())).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
            assertThat(result.currentLeaderId()).isEqualTo(1);
            assertThat(result.currentLeaderEpoch()).isNotNegative();
        }
    }

    @Test
    void anUnknownTopicIdHasTheErrorOfTheClientsVersion() {
        Connection connection = connection();
        UUID unknown = UUID.randomUUID();
        byte[] batch = Batches.plain(0, 1, 100);

        EntryResult byId = connection
                .send(TestProxy.ALL, new Send(1, 0, unknown, 0, null, batch))
                .join();
        EntryResult byName = connection
                .send(TestProxy.context((short) -1, (short) 12, null), new Send(2, 0, unknown, 0, null, batch))
                .join();

        assertThat(Errors.forCode(byId.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_ID);
        assertThat(Errors.forCode(byName.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void entriesWithoutAcknowledgementAreAppendedAndTheirErrorsKnown() throws Exception {
        UUID topic = cluster.createTopic(admin, "acks0", 1);
        Connection connection = connection();
        EntryResult appended = connection
                .send(
                        TestProxy.context((short) 0, (short) 13, null),
                        new Send(1, 0, topic, 0, null, Batches.plain(0, 1, 100)))
                .join();
        EntryResult refused = connection
                .send(
                        TestProxy.context((short) 0, (short) 13, null),
                        new Send(2, 0, topic, 7, null, Batches.plain(0, 1, 100)))
                .join();

        assertThat(Errors.forCode(appended.errorCode())).isEqualTo(Errors.NONE);
        assertThat(Errors.forCode(refused.errorCode())).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(cluster.numbers("acks0", 0, 1)).containsExactly(0);
    }

    @Test
    void aBadBatchFailsAloneAndItsLaneGoesOn() throws Exception {
        UUID topic = cluster.createTopic(admin, "bad", 2);
        Connection connection = connection();
        byte[] corrupt = Batches.plain(0, 1, 2000);
        corrupt[1000] ^= 1;
        List<EntryResult> results = connection
                .send(
                        TestProxy.ALL,
                        List.of(
                                new Send(1, 0, topic, 0, null, corrupt),
                                new Send(2, 0, topic, 1, null, Batches.plain(1, 1, 2000)),
                                new Send(1, 0, topic, 0, null, Batches.plain(2, 1, 2000)),
                                new Send(3, 0, topic, 0, null, new byte[] {1, 2, 3})))
                .stream()
                .map(CompletableFuture::join)
                .toList();

        assertThat(results.stream().map(result -> Errors.forCode(result.errorCode())))
                .containsExactly(Errors.CORRUPT_MESSAGE, Errors.NONE, Errors.NONE, Errors.INVALID_RECORD);
        assertThat(cluster.numbers("bad", 0, 1)).containsExactly(2);
    }

    @Test
    void aNewConnectionOfTheWriterFencesTheOldOneAndAnOlderStartIsRefused() throws Exception {
        UUID topic = cluster.createTopic(admin, "fenced", 1);
        String writer = "proxy-fenced";
        Connection first = proxy.connect(cluster.relay(1), clusterId(), writer, 5);
        List<CompletableFuture<EntryResult>> unknown = new ArrayList<>();
        cluster.weather = Weather.slowGets(300, 1);
        for (int number = 0; number < 5; number++) {
            unknown.add(first.send(TestProxy.ALL, pointer(topic, 1, 0, Batches.idempotent(99, number, 1, 2000))));
        }

        Connection second = proxy.connect(cluster.relay(1), clusterId(), writer, 5);
        cluster.weather = Weather.FINE;
        List<CompletableFuture<EntryResult>> again = new ArrayList<>();
        for (int number = 0; number < 5; number++) {
            byte[] batch = Batches.idempotent(99, number, 1, 2000);
            again.add(second.send(TestProxy.ALL, new Send(1, 1, topic, 0, null, batch)));
        }

        assertThat(errors(again)).containsOnly(Errors.NONE);
        assertThat(first.closed.join()).isNotNull();
        assertThat(cluster.numbers("fenced", 0, 5)).containsExactly(0, 1, 2, 3, 4);
        assertThatThrownBy(() -> proxy.connect(cluster.relay(1), clusterId(), writer, 4))
                .hasRootCauseInstanceOf(RelayRefusedException.class)
                .hasMessageContaining("FENCED_WRITER");
        assertThatThrownBy(() -> proxy.connect(cluster.relay(1), "another", writer, 9))
                .hasMessageContaining("WRONG_CLUSTER");
    }

    @ParameterizedTest
    @ValueSource(shorts = {11, 13})
    void transactionsInAPipelineAreExactWithBothVersions(short version) throws Exception {
        String name = "tx-" + version;
        UUID topic = cluster.createTopic(admin, name, 3);
        cluster.weather = Weather.slowGets(2, 10);
        TxnCoordinator coordinator = new TxnCoordinator(cluster.brokers.bootstrap(), "relayed-" + version);
        Connection connection = connection();
        ProduceContext context = TestProxy.context((short) -1, version, coordinator.transactionalId());
        int[] sequences = new int[3];
        for (int round = 0; round < 4; round++) {
            if (version < 12) {
                coordinator.addPartitions(name, 3);
            }
            List<CompletableFuture<EntryResult>> results = new ArrayList<>();
            for (int i = 0; i < 15; i++) {
                int partition = i % 3;
                byte[] batch = Batches.transactional(
                        coordinator.producerId(),
                        coordinator.epoch(),
                        sequences[partition]++,
                        Batches.records(round * 100 + i, 1, 1500));
                Send send = pointer(topic, partition, partition, batch);
                if (i == 0) {
                    // The coordinator may still be busy with the last transaction; a producer tries again.
                    Await.until(
                            "the transaction may begin",
                            Duration.ofSeconds(20),
                            () -> errors(List.of(connection.send(context, send)))
                                    .contains(Errors.NONE));
                } else {
                    results.add(connection.send(context, send));
                }
            }
            assertThat(errors(results)).as("round %d", round).containsOnly(Errors.NONE);
            if (coordinator.end(round % 2 == 0, version)) {
                Arrays.fill(sequences, 0);
            }
        }
        for (int partition = 0; partition < 3; partition++) {
            List<Integer> expected = new ArrayList<>();
            for (int number : new int[] {0, 200}) {
                for (int i = partition; i < 15; i += 3) {
                    expected.add(number + i);
                }
            }
            assertThat(cluster.numbers(name, partition, 20)).isEqualTo(expected);
        }
        coordinator.close();
    }

    @Test
    void theEndClientIsAuthorizedAndItsQuotaIsItsOwn() throws Exception {
        UUID topic = cluster.createTopic(admin, "secured", 1);
        UUID open = cluster.createTopic(admin, "open", 1);
        ResourcePattern secured = new ResourcePattern(ResourceType.TOPIC, "secured", PatternType.LITERAL);
        admin.createAcls(List.of(
                        new AclBinding(secured, write("User:alice", AclPermissionType.DENY)),
                        new AclBinding(secured, write("User:bob", AclPermissionType.ALLOW))))
                .all()
                .get();
        ClientQuotaEntity app = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, "app"));
        admin.alterClientQuotas(List.of(new ClientQuotaAlteration(
                        app, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1000.0)))))
                .all()
                .get();
        Connection connection = connection();
        int[] number = {0};
        Await.until("alice is refused", Duration.ofSeconds(20), () -> {
            EntryResult result = connection
                    .send(TestProxy.ALL, new Send(1, 0, topic, 0, null, Batches.plain(0, 1, 100)))
                    .join();
            return Errors.forCode(result.errorCode()) == Errors.TOPIC_AUTHORIZATION_FAILED;
        });
        Await.until("the client is throttled", Duration.ofSeconds(20), () -> {
            EntryResult result = connection
                    .send(TestProxy.ALL, new Send(2, 0, open, 0, null, Batches.plain(number[0]++, 1, 8000)))
                    .join();
            assertThat(Errors.forCode(result.errorCode())).isEqualTo(Errors.NONE);
            return result.throttleTimeMs() > 0;
        });
        ProduceContext bob =
                new ProduceContext((short) -1, 10_000, (short) 13, null, "User", "bob", "other", "127.0.0.1");
        EntryResult allowed = connection
                .send(bob, new Send(3, 0, topic, 0, null, Batches.plain(1, 1, 100)))
                .join();
        assertThat(Errors.forCode(allowed.errorCode())).isEqualTo(Errors.NONE);
        assertThat(allowed.throttleTimeMs()).isZero();
        admin.alterClientQuotas(List.of(new ClientQuotaAlteration(
                        app, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", null)))))
                .all()
                .get();
    }

    private static AccessControlEntry write(String principal, AclPermissionType permission) {
        return new AccessControlEntry(principal, "*", AclOperation.WRITE, permission);
    }

    @Test
    void moreBytesThanTheRelayMayHoldAreTakenInTurn() throws Exception {
        UUID topic = cluster.createTopic(admin, "bounded", 8);
        cluster.weather = Weather.slowGets(20, 20);
        Connection connection = connection();
        List<CompletableFuture<EntryResult>> results = new ArrayList<>();
        List<byte[]> batches = new ArrayList<>();
        for (int number = 0; number < 16; number++) {
            batches.add(Batches.plain(number, 1, 900_000));
        }
        List<Pointer> pointers = cluster.staged(batches);
        for (int round = 0; round < 4; round++) {
            List<Send> frame = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                frame.add(new Send(i % 8, 0, topic, i % 8, pointers.get(i), null));
            }
            results.addAll(connection.send(TestProxy.ALL, frame));
            results.add(connection.send(TestProxy.ALL, new Send(9, 0, topic, 0, null, batches.get(0))));
        }

        assertThat(errors(results)).containsOnly(Errors.NONE);
        assertThat(cluster.numbers("bounded", 1, 8)).containsExactly(1, 9, 1, 9, 1, 9, 1, 9);
    }

    /** Two batches that do not fit beside each other into what large ones may have, and others on the same connections. */
    @Test
    void batchesLargerThanAFrameComeInPartsBesideOthers() throws Exception {
        UUID topic = cluster.createTopic(admin, "large", 3);
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, "large"),
                        List.of(new AlterConfigOp(
                                new ConfigEntry("max.message.bytes", "20000000"), AlterConfigOp.OpType.SET))))
                .all()
                .get();
        Connection first = connection();
        Connection second = connection();
        List<CompletableFuture<EntryResult>> results = new ArrayList<>();
        for (int number = 0; number < 3; number++) {
            results.add(first.sendInParts(
                    TestProxy.ALL, new Send(1, 0, topic, 0, null, Batches.plain(number, 1, 9_000_000))));
            results.add(second.sendInParts(
                    TestProxy.ALL, new Send(1, 0, topic, 1, null, Batches.plain(number, 1, 9_000_000))));
            List<byte[]> small = List.of(Batches.plain(number, 1, 1_000));
            results.add(first.send(TestProxy.ALL, new Send(2, 0, topic, 2, null, small.get(0))));
            results.add(second.send(
                    TestProxy.ALL,
                    new Send(3, 0, topic, 2, cluster.staged(small).get(0), null)));
            assertThat(errors(results)).containsOnly(Errors.NONE);
        }
        assertThat(cluster.numbers("large", 0, 3)).containsExactly(0, 1, 2);
        assertThat(cluster.numbers("large", 1, 3)).containsExactly(0, 1, 2);
    }

    static Connection connection() {
        return connection(1);
    }

    static Connection connection(int broker) {
        return proxy.connect(cluster.relay(broker), clusterId(), "proxy-" + WRITERS.getAndIncrement(), 1);
    }

    static String clusterId() {
        return cluster.brokers.server(1).broker().clusterId();
    }

    private static Send pointer(UUID topic, long lane, int partition, byte[] batch) {
        return new Send(
                lane, 0, topic, partition, cluster.staged(List.of(batch)).get(0), null);
    }

    private static List<Errors> errors(List<CompletableFuture<EntryResult>> results) {
        return results.stream()
                .map(CompletableFuture::join)
                .map(result -> Errors.forCode(result.errorCode()))
                .toList();
    }

    private static List<Integer> expected(int batches, int recordsEach) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < batches * recordsEach; i++) {
            numbers.add(i / recordsEach);
        }
        return numbers;
    }
}
