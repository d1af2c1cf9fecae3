package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.narrows.relay.SuppressForbidden;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.testing.Await;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import software.amazon.awssdk.utils.internal.SystemSettingUtilsTestBackdoor;

/**
 * Where credentials come from without a key in the configuration: a PUT is signed with the key that each source's
 * endpoint, on loopback, hands out. Brokers and proxies open their stores the same way.
 */
@Isolated("overrides the environment that the SDK sees")
@SuppressForbidden("expiry times that the SDK compares with the clock")
final class CredentialSourcesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final HttpServer endpoint = start();

    @TempDir
    private Path home;

    @BeforeEach
    void noSourceButTheOneOfTheTest() {
        s3.createBucket("bucket");
        environment(Map.of(
                "HOME", home.toString(),
                "AWS_CONFIG_FILE", home.resolve("config").toString(),
                "AWS_SHARED_CREDENTIALS_FILE", home.resolve("credentials").toString(),
                "AWS_EC2_METADATA_DISABLED", "true"));
    }

    @AfterEach
    void close() {
        SystemSettingUtilsTestBackdoor.clearEnvironmentVariableOverrides();
        endpoint.stop(0);
        s3.close();
    }

    @Test
    void webIdentityOfAServiceAccount() throws IOException {
        Path token = Files.writeString(home.resolve("token"), "service-account-token");
        environment(Map.of(
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                token.toString(),
                "AWS_ROLE_ARN",
                "arn:aws:iam::123456789012:role/narrows-proxy",
                "AWS_REGION",
                "us-east-1",
                "AWS_ENDPOINT_URL_STS",
                url("")));
        answer("/", """
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>web-identity</AccessKeyId>
                <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>%s</Expiration>
                </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
                """.formatted(expiry()));

        putsSignedWith("web-identity", null);

        assertThat(asked).singleElement().asString().contains("service-account-token");
    }

    @Test
    void podIdentityWithATokenFile() throws IOException {
        Path token = Files.writeString(home.resolve("token"), "pod-token");
        environment(Map.of(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI", url("/v1/credentials"),
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.toString()));
        answer("/v1/credentials", json("pod-identity"));

        putsSignedWith("pod-identity", null);

        assertThat(asked).singleElement().asString().contains("pod-token");
    }

    @Test
    void instanceProfile() {
        environment(Map.of("AWS_EC2_METADATA_DISABLED", "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT", url("")));
        answer("/latest/api/token", "imds-token");
        answer("/latest/meta-data/iam/security-credentials/", "role");
        answer("/latest/meta-data/iam/security-credentials/role", json("instance-profile"));

        putsSignedWith("instance-profile", null);

        assertThat(asked).anyMatch(request -> request.contains("/role") && request.contains("imds-token"));
    }

    @Test
    void ssoProfile() throws Exception {
        Files.writeString(home.resolve("config"), """
                [default]
                sso_session = narrows
                sso_account_id = 123456789012
                sso_role_name = role
                region = us-east-1
                [sso-session narrows]
                sso_region = us-east-1
                sso_start_url = https://narrows.awsapps.com/start
                """);
        Path cache = Files.createDirectories(home.resolve(".aws/sso/cache"));
        String name = HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("SHA-1")
                        .digest("narrows".getBytes(StandardCharsets.UTF_8)));
        Files.writeString(cache.resolve(name + ".json"), """
                {"accessToken": "sso-token", "expiresAt": "%s", "region": "us-east-1",
                 "startUrl": "https://narrows.awsapps.com/start"}
                """.formatted(expiry()));
        environment(Map.of("AWS_ENDPOINT_URL_SSO", url("")));
        answer("/federation/credentials", """
                {"roleCredentials": {"accessKeyId": "sso", "secretAccessKey": "secret", "sessionToken": "token",
                 "expiration": %d}}
                """.formatted(Instant.parse(expiry()).toEpochMilli()));

        putsSignedWith("sso", null);

        assertThat(asked).singleElement().asString().contains("sso-token");
    }

    @Test
    void keyWithASessionTokenInTheEnvironmentAndInTheConfiguration() {
        environment(Map.of(
                "AWS_ACCESS_KEY_ID", "environment",
                "AWS_SECRET_ACCESS_KEY", "secret",
                "AWS_SESSION_TOKEN", "token"));

        putsSignedWith("environment", null);
        putsSignedWith("configured", new S3Settings.Credentials("configured", "secret", "token"));
    }

    /** The first PUT goes through the SDK's client, the second one past it. */
    private void putsSignedWith(String accessKey, S3Settings.@Nullable Credentials configured) {
        s3.faults().acceptOnly(Set.of(accessKey), "token");
        S3Settings settings =
                new S3Settings(s3.endpoint(), "us-east-1", "bucket", true, configured, S3Settings.Limits.DEFAULT);
        try (S3ObjectStore store = S3ObjectStore.open(settings, new StoreMetrics(new MetricRegistry(), "store"))) {
            for (int i = 0; i < 2; i++) {
                Await.result(
                        "a PUT with the key of " + accessKey,
                        LIMIT,
                        store.put("k" + i, Unpooled.buffer().writeByte(1)).thenApply(done -> true));
            }
        }
    }

    private static void environment(Map<String, String> variables) {
        variables.forEach(SystemSettingUtilsTestBackdoor::addEnvironmentVariableOverride);
    }

    private static String json(String accessKey) {
        return """
                {"Code": "Success", "AccessKeyId": "%s", "SecretAccessKey": "secret", "Token": "token",
                 "Expiration": "%s"}
                """.formatted(accessKey, expiry());
    }

    private static String expiry() {
        return Instant.ofEpochSecond(Instant.now().getEpochSecond() + 3_600).toString();
    }

    private String url(String path) {
        return "http://127.0.0.1:" + endpoint.getAddress().getPort() + path;
    }

    private static HttpServer start() {
        try {
            HttpServer started = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            started.start();
            return started;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(String path, String body) {
        endpoint.createContext(path, exchange -> answer(exchange, body));
    }

    private void answer(HttpExchange exchange, String body) throws IOException {
        try (exchange) {
            String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            asked.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().entrySet() + " " + request);
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
