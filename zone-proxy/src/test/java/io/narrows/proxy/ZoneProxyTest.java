package io.narrows.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.proxy.config.ProxyConfig;
import io.narrows.proxy.config.ProxyConfigParser;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.testing.Await;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The whole proxy, with a cluster that never answers. */
final class ZoneProxyTest {
    private static ProxyConfig config(String... keysAndValues) {
        Map<String, String> values = new HashMap<>(Map.of(
                "zone", "a",
                "listeners", "PLAINTEXT://127.0.0.1:0",
                "admin.listener", "127.0.0.1:0",
                "bootstrap.servers", "127.0.0.1:1",
                "s3.endpoint", "http://127.0.0.1:1",
                "s3.bucket", "wal",
                "s3.access.key", "key",
                "s3.secret.key", "secret",
                "drain.timeout.ms", "1000"));
        for (int i = 0; i < keysAndValues.length; i += 2) {
            values.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return ProxyConfigParser.parse(values);
    }

    private static HttpResponse<String> get(ZoneProxy proxy, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + proxy.adminPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void withoutAClusterItIsHealthyButNotReady() throws Exception {
        try (ZoneProxy proxy = ZoneProxy.start(config())) {
            assertThat(proxy.port()).isPositive();
            assertThat(get(proxy, "/healthz").statusCode()).isEqualTo(200);
            HttpResponse<String> ready = get(proxy, "/readyz");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body())
                    .contains("cluster: no response from any broker yet")
                    .contains("relay: no leader's relay has accepted this proxy yet");
            assertThat(get(proxy, "/elsewhere").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void theStatusPageShowsEveryPart() throws Exception {
        try (ZoneProxy proxy = ZoneProxy.start(config("writer.id", "proxy-a1"))) {
            HttpResponse<String> response = get(proxy, "/status");
            assertThat(response.statusCode()).isEqualTo(200);
            JsonNode status = new ObjectMapper().readTree(response.body());
            assertThat(status.at("/identity/writer").asText()).isEqualTo("proxy-a1");
            assertThat(status.at("/state").asText()).isEqualTo("SERVING");
            assertThat(status.at("/notReady/0/condition").asText()).isEqualTo("cluster");
            assertThat(status.at("/clients/memoryLimitBytes").asLong()).isPositive();
            assertThat(status.at("/router/lanes/connections").asInt(-1)).isZero();
            assertThat(status.at("/router/s3").asText()).isEqualTo("CLOSED");
        }
    }

    @Test
    void aStoreThatRefusesIsNamedAndDoesNotMakeTheProxyUnready() throws Exception {
        try (EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
                ZoneProxy proxy =
                        ZoneProxy.start(config("s3.endpoint", s3.endpoint().toString()))) {
            Await.until(
                    "the check", Duration.ofSeconds(20), () -> warnings(proxy).contains("does not exist"));
            HttpResponse<String> ready = get(proxy, "/readyz");
            assertThat(ready.body())
                    .contains("no response from any broker yet")
                    .contains("warning: store: put of 'check/");
            JsonNode status = new ObjectMapper().readTree(get(proxy, "/status").body());
            assertThat(status.at("/warnings/0/condition").asText()).isEqualTo("store");
            assertThat(status.at("/warnings/0/text").asText()).contains("s3.bucket");

            s3.createBucket("wal");
            Await.until(
                    "the next check",
                    Duration.ofSeconds(20),
                    () -> warnings(proxy).isEmpty());
        }
    }

    private static String warnings(ZoneProxy proxy) {
        return String.join("\n", proxy.warnings().stream().map(Object::toString).toList());
    }

    @Test
    void metricsNeedTheTokenAndProbesDoNot() throws Exception {
        try (ZoneProxy proxy = ZoneProxy.start(config("admin.token", "a-token-of-this-test"))) {
            assertThat(get(proxy, "/healthz").statusCode()).isEqualTo(200);
            assertThat(get(proxy, "/readyz").statusCode()).isEqualTo(503);
            assertThat(get(proxy, "/metrics").statusCode()).isEqualTo(401);
            assertThat(get(proxy, "/status").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void everyMetricIsInTheCatalog() throws Exception {
        try (ZoneProxy proxy = ZoneProxy.start(config())) {
            assertThat(get(proxy, "/metrics").body()).contains("# HELP narrows_proxy_connections_open ");
            assertThat(proxy.metrics().getNames())
                    .allSatisfy(name -> assertThat(io.narrows.proxy.admin.ProxyCatalog.CATALOG.knows(name))
                            .as(name)
                            .isTrue());
        }
    }

    @Test
    void anAddressThatIsTakenStopsTheStartWithItsKey() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThatThrownBy(
                            () -> ZoneProxy.start(config("listeners", "PLAINTEXT://127.0.0.1:" + taken.getLocalPort())))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("listeners");
        }
    }

    @Test
    void closingTwiceIsHarmless() {
        ZoneProxy proxy = ZoneProxy.start(config("admin.listener", ""));
        assertThat(proxy.adminPort()).isEqualTo(-1);
        proxy.close();
        proxy.close();
    }
}
