package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.config.ProxyConfig;
import io.narrows.proxy.config.ProxyConfigParser;
import io.narrows.proxy.fake.FakeZone;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.testing.Await;
import io.netty.channel.nio.NioEventLoopGroup;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

/** A wrong listener is reported at the start, and a failed connection leaks nothing. */
final class ConnectionAssemblyTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static ProxyConfig config(String key, String value) {
        return ProxyConfigParser.parse(Map.of(
                "zone",
                "a",
                "bootstrap.servers",
                "localhost:1",
                "s3.bucket",
                "wal",
                "listeners",
                "SSL://localhost:0",
                key,
                value));
    }

    @Test
    void mappingRulesThatCannotBeReadAreRefusedAtTheStart() {
        assertThatThrownBy(() -> config("ssl.principal.mapping.rules", "RULE:^CN=(.*)$/$1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("ssl.principal.mapping.rules")
                .hasMessageContaining("RULE:pattern/replacement/[LU]");
        assertThat(config("ssl.principal.mapping.rules", "RULE:^CN=(.*)$/$1/L, DEFAULT")
                        .listeners())
                .hasSize(1);
    }

    @Test
    void cipherSuitesThatDoNotExistAreRefusedAtTheStart() {
        Optional<Map<String, ?>> ssl = config("ssl.cipher.suites", "NONE_OF_THIS_NAME")
                .listeners()
                .get(0)
                .sslConfigs();
        assertThatThrownBy(() -> new FakeZone(FakeZone.LIMITS, 1 << 20, ssl))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("ssl.cipher.suites");
    }

    @Test
    @SuppressWarnings("NullAway") // any fault of the assembly will do; this one comes early and without a stub
    void aConnectionThatCannotBeAssembledGivesItsPlaceBack() throws Exception {
        NioEventLoopGroup loops = new NioEventLoopGroup(1);
        try (FakeZone zone = new FakeZone()) {
            ClientMemory missing = null;
            KafkaServer.Limits onePlace = new KafkaServer.Limits(1, 1, 8 << 20, 1 << 20, FakeZone.SESSION);
            MetricRegistry metrics = new MetricRegistry();
            KafkaServer server =
                    new KafkaServer(new KafkaServer.Dependencies(loops, loops, zone.apis, missing, metrics, onePlace));
            int port = server.bind(new Listener("CLIENTS", "127.0.0.1", 0, null, Optional.empty()))
                    .get(10, TimeUnit.SECONDS)
                    .getPort();
            for (int i = 0; i < 3; i++) {
                try (Socket socket = new Socket("127.0.0.1", port)) {
                    socket.setSoTimeout((int) SOON.toMillis());
                    assertThat(socket.getInputStream().read()).isEqualTo(-1);
                }
                Await.until("the place is free", SOON, () -> server.connections() == 0);
            }
            assertThat(metrics.counter(ServerMetrics.CONNECTIONS_ACCEPTED).getCount())
                    .isEqualTo(3);
            assertThat(metrics.counter(ServerMetrics.CONNECTIONS_OPEN).getCount())
                    .isZero();
            server.drain(1_000).get(10, TimeUnit.SECONDS);
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
        }
    }
}
