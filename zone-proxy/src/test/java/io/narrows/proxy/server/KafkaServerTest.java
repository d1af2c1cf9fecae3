package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.config.ProxyConfigParser;
import io.narrows.proxy.fake.FakeZone;
import io.narrows.proxy.fake.Wire;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The server on real sockets. */
@ExtendWith(LeakDetection.class)
final class KafkaServerTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = ByteBufUtil.getBytes(buffer);
        buffer.release();
        return bytes;
    }

    private static Socket connect(FakeZone zone) throws IOException {
        Socket socket = new Socket("127.0.0.1", zone.port);
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    /** What the server says until it closes the connection. */
    private static int readToEnd(Socket socket) throws IOException {
        byte[] buffer = new byte[1 << 16];
        int total = 0;
        InputStream in = socket.getInputStream();
        try {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                total += read;
            }
        } catch (SocketException e) {
            // Closed with unread bytes: a reset.
            return total;
        }
        return total;
    }

    @Test
    void whatIsNoKafkaIsClosedWithoutAnAnswer() throws Exception {
        try (FakeZone zone = new FakeZone()) {
            for (String start :
                    List.of("GET / HTTP/1.1\r\n\r\n", "\u0016\u0003\u0001\u0000\u0000", "\uffff nonsense")) {
                try (Socket socket = connect(zone)) {
                    socket.getOutputStream().write(start.getBytes(StandardCharsets.ISO_8859_1));
                    socket.getOutputStream().write(new byte[16]);
                    assertThat(readToEnd(socket)).isZero();
                }
            }
            Await.until("all connections are gone", SOON, () -> zone.server.connections() == 0);
            assertThat(zone.memory.usedBytes()).isZero();
        }
    }

    @Test
    void connectionsBeyondTheLimitOfAnAddressAreClosed() throws Exception {
        KafkaServer.Limits limits = new KafkaServer.Limits(10, 2, 1 << 20, 1 << 20, FakeZone.SESSION);
        try (FakeZone zone = new FakeZone(limits, 1 << 20, Optional.empty());
                Socket first = connect(zone);
                Socket second = connect(zone)) {
            Await.until("two are in", SOON, () -> zone.server.connections() == 2);
            try (Socket third = connect(zone)) {
                assertThat(readToEnd(third)).isZero();
            }
            assertThat(first.isConnected() && second.isConnected()).isTrue();
            assertThat(zone.metrics.counter(ServerMetrics.CONNECTIONS_REFUSED).getCount())
                    .isEqualTo(1);
        }
    }

    @Test
    void aClientThatNeverReadsIsDisconnectedAndItsMemoryFreed() throws Exception {
        SessionLimits session = new SessionLimits(8, 1 << 20, 60_000, 10_000, 300, 64 << 20);
        KafkaServer.Limits limits = new KafkaServer.Limits(10, 10, 1 << 20, 1 << 20, session);
        try (FakeZone zone = new FakeZone(limits, 1 << 20, Optional.empty())) {
            for (int i = 0; i < 20; i++) {
                zone.cluster.createTopic("topic-" + i, 500);
            }
            byte[] request =
                    bytes(Wire.request(ApiKeys.METADATA, (short) 12, 1, new MetadataRequestData().setTopics(null)));
            try (Socket socket = connect(zone)) {
                Await.until("the server closes the connection of the client", SOON, () -> {
                    try {
                        for (int i = 0; i < 10; i++) {
                            socket.getOutputStream().write(request);
                        }
                    } catch (IOException e) {
                        return true;
                    }
                    return zone.server.connections() == 0;
                });
            }
            Await.until("the memory is free", SOON, () -> zone.memory.usedBytes() == 0);
        }
    }

    @Test
    void drainingFinishesWhatIsUnderWayAndRefusesNewConnections() throws Exception {
        FakeZone zone = new FakeZone();
        zone.cluster.createTopic("orders", 1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        zone.cluster.holdProduceUntil(release);
        try (Socket busy = connect(zone);
                Socket idle = connect(zone)) {
            busy.getOutputStream()
                    .write(bytes(
                            Wire.request(ApiKeys.PRODUCE, (short) 9, 1, Wire.produce(-1, "orders", Wire.batch("a")))));
            Await.until(
                    "it is in the lane",
                    SOON,
                    () -> !zone.cluster.log("orders", 0).isEmpty());
            CompletableFuture<Void> drained = zone.server.drain(20_000);
            assertThat(readToEnd(idle)).isZero();
            assertThat(drained).isNotDone();
            release.complete(null);
            assertThat(readToEnd(busy)).isPositive();
            drained.get(20, TimeUnit.SECONDS);
        } finally {
            zone.close();
        }
    }

    @Test
    void whatDoesNotFinishInTimeIsClosed() throws Exception {
        FakeZone zone = new FakeZone();
        zone.cluster.createTopic("orders", 1);
        CompletableFuture<Void> release = new CompletableFuture<>();
        zone.cluster.holdProduceUntil(release);
        try (Socket busy = connect(zone)) {
            busy.getOutputStream()
                    .write(bytes(
                            Wire.request(ApiKeys.PRODUCE, (short) 9, 1, Wire.produce(-1, "orders", Wire.batch("a")))));
            Await.until(
                    "it is in the lane",
                    SOON,
                    () -> !zone.cluster.log("orders", 0).isEmpty());
            zone.server.drain(100).get(20, TimeUnit.SECONDS);
            assertThat(readToEnd(busy)).isZero();
            release.complete(null);
            Await.until("the memory is free", SOON, () -> zone.memory.usedBytes() == 0);
        } finally {
            zone.close();
        }
    }

    @Test
    void manyConnectionsShareLittleMemory() throws Exception {
        SessionLimits session = new SessionLimits(8, 1 << 20, 60_000, 10_000, 10_000, 1 << 20);
        KafkaServer.Limits limits = new KafkaServer.Limits(100, 100, 64 << 10, 64 << 10, session);
        try (FakeZone zone = new FakeZone(limits, 128 << 10, Optional.empty())) {
            zone.cluster.createTopic("orders", 1);
            byte[] request = bytes(Wire.request(
                    ApiKeys.PRODUCE, (short) 9, 1, Wire.produce(-1, "orders", Wire.batch("x".repeat(50_000)))));
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Socket socket = connect(zone);
                sockets.add(socket);
                socket.getOutputStream().write(request);
            }
            for (Socket socket : sockets) {
                assertThat(socket.getInputStream().read()).isNotNegative();
                socket.close();
            }
            assertThat(zone.cluster.log("orders", 0)).hasSize(12);
            Await.until("the memory is free", SOON, () -> zone.memory.usedBytes() == 0);
        }
    }

    @Test
    void aClientCertificateNamesThePrincipal(@TempDir Path directory) throws Exception {
        Path server = keyStore(directory, "server", "CN=localhost");
        Path client = keyStore(directory, "client", "CN=alice,OU=sales");
        Map<String, String> properties = new HashMap<>(Map.of(
                "zone", "a",
                "bootstrap.servers", "localhost:1",
                "s3.bucket", "wal",
                "listeners", "SSL://localhost:0",
                "ssl.client.auth", "required",
                "ssl.keystore.type", "PKCS12",
                "ssl.truststore.type", "PKCS12"));
        properties.put("ssl.keystore.location", server.toString());
        properties.put("ssl.keystore.password", "changeit");
        properties.put("ssl.truststore.location", client.toString());
        properties.put("ssl.truststore.password", "changeit");
        Optional<Map<String, ?>> tls =
                ProxyConfigParser.parse(properties).listeners().get(0).sslConfigs();
        properties.put("ssl.principal.mapping.rules", "RULE:^CN=(.*)");
        assertThatThrownBy(() -> ProxyConfigParser.parse(properties))
                .as("at the start, and not for each connection")
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("ssl.principal.mapping.rules");
        try (FakeZone zone = new FakeZone(FakeZone.LIMITS, 64 << 20, tls)) {
            zone.cluster.createTopic("orders", 1);
            Map<String, Object> config = Map.of(
                    "bootstrap.servers",
                    zone.bootstrap(),
                    "security.protocol",
                    "SSL",
                    "ssl.endpoint.identification.algorithm",
                    "",
                    "ssl.keystore.location",
                    client.toString(),
                    "ssl.keystore.password",
                    "changeit",
                    "ssl.truststore.location",
                    server.toString(),
                    "ssl.truststore.password",
                    "changeit",
                    "max.block.ms",
                    20_000);
            try (var producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
                producer.send(new ProducerRecord<>("orders", "hello")).get(20, TimeUnit.SECONDS);
            }
            assertThat(zone.cluster.log("orders", 0).get(0).call().context().principalName())
                    .isEqualTo("CN=alice,OU=sales");
            try (Socket plain = connect(zone)) {
                plain.getOutputStream().write(new byte[64]);
                readToEnd(plain);
            }
            Await.until("all connections are gone", SOON, () -> zone.server.connections() == 0);
        }
    }

    private static Path keyStore(Path directory, String name, String subject) throws Exception {
        Path file = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-alias",
                        name,
                        "-dname",
                        subject,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "changeit",
                        "-validity",
                        "30")
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        return file;
    }
}
