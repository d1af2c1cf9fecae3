package io.narrows.relay.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.metrics.MetricCatalog;
import io.narrows.relay.net.TlsEngines;
import io.narrows.testing.SelfSignedKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdminServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final AdminDeadlines FEW = new AdminDeadlines(3, 60_000, 60_000, 60_000);

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private AdminServer start(Supplier<String> notReady, AdminAccess access, AdminDeadlines deadlines)
            throws IOException {
        AdminServer admin = AdminServer.start(
                new InetSocketAddress("127.0.0.1", 0),
                new AdminServer.Sources(
                        new MetricRegistry(),
                        new MetricCatalog("", List.of()),
                        notReady,
                        List::of,
                        () -> CompletableFuture.completedFuture("{}")),
                access,
                deadlines);
        open.add(0, admin);
        return admin;
    }

    private Socket send(AdminServer admin, String text) throws IOException {
        Socket socket = new Socket("127.0.0.1", admin.port());
        open.add(0, socket);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private HttpRequest.Builder request(AdminServer admin, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.port() + path))
                .timeout(PATIENCE);
    }

    private int get(AdminServer admin, String path) throws Exception {
        return http.send(request(admin, path).build(), HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private int getWith(AdminServer admin, String path, String authorization) throws Exception {
        HttpRequest request =
                request(admin, path).header("Authorization", authorization).build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    @Test
    void halfRequestsDoNotKeepAProbeFromItsAnswer() throws Exception {
        AdminServer admin = start(() -> "", AdminAccess.OPEN, FEW);
        for (int i = 0; i < 20; i++) {
            send(admin, i % 2 == 0 ? "GET /healthz HT" : "");
        }
        for (int i = 0; i < 3; i++) {
            assertThat(HttpClient.newHttpClient()
                            .send(request(admin, "/healthz").build(), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void aRequestThatDoesNotEndIsClosedAtItsDeadline() throws Exception {
        AdminServer admin = start(() -> "", AdminAccess.OPEN, new AdminDeadlines(64, 50, 60_000, 60_000));
        assertThat(send(admin, "GET /healthz HT").getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void anIdleConnectionIsClosedAtItsDeadline() throws Exception {
        AdminServer admin = start(() -> "", AdminAccess.OPEN, new AdminDeadlines(64, 60_000, 50, 60_000));
        Socket socket = send(admin, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 200 OK")
                .endsWith("ok\n");
    }

    @Test
    void aPageThatTakesLongDoesNotHoldUpHealth() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        AdminServer admin = start(
                () -> {
                    try {
                        slow.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return "";
                },
                AdminAccess.OPEN,
                AdminDeadlines.DEFAULT);
        var ready = http.sendAsync(request(admin, "/readyz").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(get(admin, "/healthz")).isEqualTo(200);
        slow.countDown();
        assertThat(ready.join().statusCode()).isEqualTo(200);
    }

    @Test
    void requestsHaveABound() throws Exception {
        AdminServer admin = start(() -> "", AdminAccess.OPEN, AdminDeadlines.DEFAULT);
        Socket long1 = send(admin, "GET /" + "x".repeat(5_000) + " HTTP/1.1\r\n\r\n");
        assertThat(new String(long1.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 400");
        Socket long2 = send(admin, "GET /healthz HTTP/1.1\r\nA: " + "x".repeat(20_000) + "\r\n\r\n");
        assertThat(new String(long2.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 400");
        HttpRequest post = request(admin, "/status")
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        assertThat(http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(405);
        assertThat(get(admin, "/elsewhere")).isEqualTo(404);
        assertThat(get(admin, "/status?x=1")).isEqualTo(200);
    }

    @Test
    void pagesThatAreNotOpenNeedTheToken() throws Exception {
        AdminAccess access = new AdminAccess(null, "a-token-of-this-test", Set.of("/healthz"));
        AdminServer admin = start(() -> "", access, AdminDeadlines.DEFAULT);
        assertThat(get(admin, "/healthz")).isEqualTo(200);
        for (String path : List.of("/readyz", "/metrics", "/status", "/elsewhere")) {
            assertThat(get(admin, path)).as(path).isEqualTo(401);
        }
        assertThat(getWith(admin, "/metrics", "Bearer a-token-of-this-tesT")).isEqualTo(401);
        assertThat(getWith(admin, "/metrics", "Basic a-token-of-this-test")).isEqualTo(401);
        assertThat(getWith(admin, "/metrics", "Bearer a-token-of-this-test")).isEqualTo(200);
    }

    @Test
    void withTlsPagesAreEncrypted(@TempDir Path directory) throws Exception {
        SelfSignedKey key = SelfSignedKey.create(directory, "admin");
        SSLContext server = SSLContext.getInstance("TLS");
        server.init(key.identity().getKeyManagers(), null, null);
        TlsEngines engines = (host, port) -> {
            SSLEngine engine = server.createSSLEngine(host, port);
            engine.setUseClientMode(false);
            return engine;
        };
        AdminServer admin = start(() -> "", new AdminAccess(engines, "", Set.of()), AdminDeadlines.DEFAULT);
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, key.trust().getTrustManagers(), null);
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + admin.port() + "/healthz"))
                .build();
        HttpClient https = HttpClient.newBuilder().sslContext(client).build();
        assertThat(https.send(request, HttpResponse.BodyHandlers.ofString()).body())
                .isEqualTo("ok\n");
        Socket plain = send(admin, "GET /healthz HTTP/1.1\r\n\r\n");
        assertThat(new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                .doesNotContain("ok");
    }

    @Test
    void theReasonIsInThePage() throws Exception {
        AdminServer admin = start(() -> "relay: fenced", AdminAccess.OPEN, AdminDeadlines.DEFAULT);
        HttpResponse<String> response =
                http.send(request(admin, "/readyz").build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("not ready: relay: fenced\n");
    }
}
