package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

/** Ours against the SDK's signer. */
final class SignatureTest {
    private static final Instant NOW = Instant.parse("2026-03-05T07:08:09Z");
    private static final String PATH = "/bucket/wal/proxy-a_1/~x/00000000000000000042";

    private final Signature signature = new Signature("eu-central-1", "s3");

    @Test
    void aRangedGetIsSignedAsTheSdkSignsIt() {
        Map<String, String> headers = Map.of("host", "localhost:9000", "range", "bytes=5-99");

        assertThat(authorization("GET", headers, null, NOW)).isEqualTo(sdk("GET", headers, null, NOW));
    }

    @Test
    void soIsAPutWithASessionAndOnTheNextDay() {
        Map<String, String> headers = Map.of(
                "host", "b.s3.eu-central-1.amazonaws.com",
                "content-length", "1234",
                "content-type", "application/octet-stream",
                "x-amz-checksum-crc32c", "AAAAAA==");

        for (Instant at : new Instant[] {NOW, NOW.plusSeconds(86_400), NOW}) {
            assertThat(authorization("PUT", headers, "session", at)).isEqualTo(sdk("PUT", headers, "session", at));
        }
    }

    @Test
    void secretsAreInNoString() {
        assertThat(new Signature.Identity("access", "very-secret", "very-secret").toString())
                .contains("access")
                .doesNotContain("very-secret");
    }

    private String authorization(String method, Map<String, String> headers, @Nullable String session, Instant at) {
        return signature
                .signed(
                        new Signature.Request(method, PATH, headers, Signature.UNSIGNED_BODY),
                        new Signature.Identity("access", "secret", session),
                        at)
                .get("authorization");
    }

    private static String sdk(String method, Map<String, String> headers, @Nullable String session, Instant at) {
        SdkHttpFullRequest.Builder request = SdkHttpFullRequest.builder()
                .method(SdkHttpMethod.fromValue(method))
                .uri(URI.create("https://" + headers.get("host") + PATH));
        new TreeMap<>(headers).forEach(request::putHeader);
        AwsCredentialsIdentity identity = session == null
                ? AwsCredentialsIdentity.create("access", "secret")
                : AwsSessionCredentialsIdentity.create("access", "secret", session);
        SdkHttpRequest signed = AwsV4HttpSigner.create()
                .sign(SignRequest.builder(identity)
                        .request(request.build())
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "s3")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "eu-central-1")
                        .putProperty(AwsV4HttpSigner.DOUBLE_URL_ENCODE, false)
                        .putProperty(AwsV4HttpSigner.NORMALIZE_PATH, false)
                        .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, false)
                        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(at, ZoneOffset.UTC))
                        .build())
                .request();
        return signed.firstMatchingHeader("Authorization").orElseThrow();
    }
}
