package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is only a controller shows its metrics too. */
final class ControllerAdminTest {
    @TempDir
    Path directory;

    private Properties controller(String admin) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Properties properties = new Properties();
        properties.put("node.id", "9");
        properties.put("process.roles", "controller");
        properties.put("listeners", "CONTROLLER://localhost:" + port);
        properties.put("controller.quorum.voters", "9@localhost:" + port);
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT");
        properties.put("log.dirs", directory.toString());
        properties.put("narrows.admin.listener", admin);
        StorageFormat.format(properties, Uuid.randomUuid().toString());
        return properties;
    }

    private static String get(NarrowsServer server, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.adminPort() + path))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void aControllerIsReadyAndShowsThatItIsTheActiveOne() throws Exception {
        try (NarrowsServer server = NarrowsServer.of(controller("127.0.0.1:0"))) {
            server.start();
            assertThat(get(server, "/readyz")).isEqualTo("ready\n");
            assertThat(get(server, "/status")).contains("\"roles\" : [ \"controller\" ]");
            assertThat(get(server, "/metrics"))
                    .contains("narrows_info{role=\"controller\",zone=\"unknown\",node=\"9\"} 1\n");
            Await.until(
                    "the only controller becomes active",
                    Duration.ofSeconds(20),
                    () -> get(server, "/metrics").contains("narrows_kafka_active_controllers 1\n"));
        }
    }

    @Test
    void anAddressThatIsTakenIsSaid() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                NarrowsServer server = NarrowsServer.of(controller("127.0.0.1:" + taken.getLocalPort()))) {
            assertThatThrownBy(server::start)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("Set narrows.admin.listener to a free local address");
        }
    }
}
