package io.narrows.cli.cost.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.admin.AdminAccess;
import io.narrows.relay.admin.AdminServer;
import io.narrows.relay.metrics.MetricCatalog;
import io.narrows.testing.SelfSignedKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Endpoints with a token and with TLS, as {@code narrows cost} reads them. */
final class AdminReaderTest {
    private static final String TOKEN = "a-token-of-this-test";

    @TempDir
    private Path directory;

    @Test
    void anEndpointWithATokenAndTlsIsReadWithBoth() throws Exception {
        SelfSignedKey key = SelfSignedKey.create(directory, "admin");
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(key.identity().getKeyManagers(), null, null);
        AdminAccess access = new AdminAccess(
                (host, port) -> {
                    SSLEngine engine = context.createSSLEngine(host, port);
                    engine.setUseClientMode(false);
                    return engine;
                },
                TOKEN,
                Set.of("/healthz"));
        Path certificate = directory.resolve("ca.pem");
        try (AdminServer admin = start(access)) {
            String address = "https://127.0.0.1:" + admin.port();
            Files.writeString(certificate, pem(key));

            assertThat(new AdminReader(TOKEN, certificate).metrics(address)).isNotNull();

            assertThatThrownBy(() -> new AdminReader("", certificate).metrics(address))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("--admin-token-file");
            assertThatThrownBy(() -> new AdminReader(TOKEN, null).metrics(address))
                    .as("an untrusted certificate")
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> new AdminReader(TOKEN, certificate).metrics("127.0.0.1:" + admin.port()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("https://host:port");
        }
    }

    @Test
    void aFileWithoutCertificatesIsNamed() throws IOException {
        Path empty = Files.writeString(directory.resolve("empty.pem"), "");
        assertThatThrownBy(() -> new AdminReader("", empty))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty.pem");
        assertThatThrownBy(() -> new AdminReader("", directory.resolve("missing.pem")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("missing.pem");
    }

    private static AdminServer start(AdminAccess access) throws IOException {
        return AdminServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new AdminServer.Sources(
                        new MetricRegistry(),
                        new MetricCatalog("", List.of()),
                        () -> "",
                        List::of,
                        () -> CompletableFuture.completedFuture("{}")),
                access);
    }

    private static String pem(SelfSignedKey key) throws Exception {
        byte[] bytes = ((javax.net.ssl.X509TrustManager) key.trust().getTrustManagers()[0])
                .getAcceptedIssuers()[0].getEncoded();
        return "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(bytes)
                + "\n-----END CERTIFICATE-----\n";
    }
}
