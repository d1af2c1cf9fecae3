package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.testing.Await;
import io.narrows.testing.SelfSignedKey;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin endpoint of a broker with TLS and a token, and what it says of the object store. */
final class BrokerAdminTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TOKEN = "a-token-of-this-test";

    @TempDir
    Path directory;

    private Properties broker(EmbeddedS3Server s3) throws IOException {
        int[] ports = new int[3];
        for (int i = 0; i < ports.length; i++) {
            try (ServerSocket free = new ServerSocket(0)) {
                ports[i] = free.getLocalPort();
            }
        }
        Properties properties = new Properties();
        properties.put("node.id", "1");
        properties.put("broker.rack", "a");
        properties.put("process.roles", "broker,controller");
        properties.put("listeners", "PLAINTEXT://127.0.0.1:" + ports[0] + ",CONTROLLER://127.0.0.1:" + ports[1]);
        properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + ports[0]);
        properties.put("controller.quorum.voters", "1@127.0.0.1:" + ports[1]);
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        properties.put("log.dirs", directory.resolve("data").toString());
        properties.put("narrows.relay.listener", "127.0.0.1:" + ports[2]);
        properties.put("narrows.s3.endpoint", s3.endpoint().toString());
        properties.put("narrows.s3.bucket", "bucket");
        properties.put("narrows.s3.access.key", "a");
        properties.put("narrows.s3.secret.key", "s");
        properties.put("narrows.admin.listener", "127.0.0.1:0");
        properties.put("narrows.admin.security.protocol", "SSL");
        StorageFormat.format(properties, Uuid.randomUuid().toString());
        return properties;
    }

    @Test
    void tlsTokenAndStoreCheckAreThoseOfTheConfiguration() throws Exception {
        SelfSignedKey key = SelfSignedKey.create(directory, "admin");
        Path token = Files.writeString(directory.resolve("token"), TOKEN + "\n");
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, key.trust().getTrustManagers(), null);
        HttpClient http = HttpClient.newBuilder().sslContext(trusting).build();
        try (EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory())) {
            Properties properties = broker(s3);
            properties.put("narrows.admin.ssl.keystore.type", "PKCS12");
            properties.put(
                    "narrows.admin.ssl.keystore.location",
                    directory.resolve("admin.p12").toString());
            properties.put("narrows.admin.ssl.keystore.password", SelfSignedKey.PASSWORD);
            properties.put("narrows.admin.token", "file:" + token);
            try (NarrowsServer server = NarrowsServer.of(properties)) {
                server.start();
                Await.until(
                        "the missing bucket is told",
                        LIMIT,
                        () -> get(http, server, "/readyz", "").body().contains("the bucket does not exist"));
                assertThat(get(http, server, "/readyz", "").body()).contains("warning: store:");
                assertThat(get(http, server, "/status", "").statusCode()).isEqualTo(401);
                assertThat(get(http, server, "/metrics", TOKEN + "x").statusCode())
                        .isEqualTo(401);
                assertThat(get(http, server, "/status", TOKEN).body()).contains("the bucket does not exist");

                s3.createBucket("bucket");

                Await.until(
                        "the store works",
                        LIMIT,
                        () -> !get(http, server, "/readyz", "").body().contains("warning: store:"));
            }
        }
    }

    @Test
    void tlsWithoutAKeyIsSaidAtTheStart() throws Exception {
        try (EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
                NarrowsServer server = NarrowsServer.of(broker(s3))) {
            assertThatThrownBy(server::start)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("narrows.admin.ssl.keystore.location");
        }
    }

    private static HttpResponse<String> get(HttpClient http, NarrowsServer server, String path, String token)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.adminPort() + path));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
