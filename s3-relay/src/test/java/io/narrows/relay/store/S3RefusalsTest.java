package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.s3server.Operation;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.SdkGlobalTime;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What the store says of refusals: kinds as in the runbook, and messages that name what was found and what to do. */
@ExtendWith(LeakDetection.class)
final class S3RefusalsTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final EmbeddedS3Server server = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
    private final MetricRegistry registry = new MetricRegistry();
    private final StoreMetrics metrics = new StoreMetrics(registry, "store");
    private @Nullable S3ObjectStore opened;

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
        server.close();
    }

    @Test
    void anotherRegionIsNamed() {
        S3ObjectStore store = store("bucket");
        server.faults().otherRegion("eu-central-1");

        ObjectStoreException failure = failure(store.put("k", Unpooled.buffer().writeByte(1)));

        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure)
                .hasMessageContaining("the bucket is in region eu-central-1")
                .hasMessageContaining("s3.region");
    }

    @Test
    void aBucketThatDoesNotExistIsNamed() {
        ObjectStoreException failure = failure(store("no-such-bucket").get("k", 0, 1));

        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure).hasMessageContaining("the bucket does not exist").hasMessageContaining("s3.bucket");
    }

    @Test
    void aDeniedActionIsNamed() {
        S3ObjectStore store = store("bucket");
        server.faults().deny(Set.of(Operation.PUT));

        ObjectStoreException failure = failure(store.put("k", Unpooled.buffer().writeByte(1)));

        assertThat(failure.kind()).isEqualTo(Kind.DENIED);
        assertThat(failure).hasMessageContaining("s3:PutObject");
        assertThat(metrics.failures(Kind.DENIED)).isEqualTo(1);
    }

    @Test
    void refusedCredentialsAreDenied() {
        S3ObjectStore store = store("bucket");
        server.faults().acceptOnly(Set.of("another-key"));

        ObjectStoreException failure = failure(store.put("k", Unpooled.buffer().writeByte(1)));

        assertThat(failure.kind()).isEqualTo(Kind.DENIED);
        assertThat(failure).hasMessageContaining("InvalidAccessKeyId").hasMessageContaining("credentials");
    }

    @Test
    void aPortThatRefusesIsUnavailable() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        opened = S3ObjectStore.open(settings(URI.create("http://127.0.0.1:" + free), "bucket"), metrics);

        ObjectStoreException failure = failure(opened.get("k", 0, 1));

        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failure).hasMessageContaining("no connection");
    }

    @Test
    void aSkewedClockIsNamedWithBothTimes() {
        server.createBucket("bucket");
        server.faults().clockAhead(Duration.ofHours(1));
        S3Settings.Limits once =
                new S3Settings.Limits(4, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(10), 0);
        opened = S3ObjectStore.open(settings(server.endpoint(), "bucket").withLimits(once), metrics);
        try {
            ObjectStoreException failure =
                    failure(opened.put("k", Unpooled.buffer().writeByte(1)));

            assertThat(failure.kind()).isEqualTo(Kind.DENIED);
            assertThat(failure)
                    .hasMessageContaining("the clock of this machine says 20")
                    .hasMessageMatching(".*the store says [A-Z][a-z]{2}, .*GMT; synchronize.*");
        } finally {
            // The SDK remembers the difference for the whole process.
            SdkGlobalTime.setGlobalTimeOffset(0);
        }
    }

    @Test
    void causesWithoutAnAnswerAreNamed() {
        assertThat(translated(new UnknownHostException("s3.nowhere")))
                .hasMessageContaining("does not resolve")
                .hasMessageContaining("check DNS");
        assertThat(translated(new SSLHandshakeException("no path to a root"))).hasMessageContaining("TLS failed");
    }

    private static ObjectStoreException translated(Exception cause) {
        ObjectStoreException failure = S3Failures.translate(
                StoreOperation.GET, "k", SdkClientException.create("the request was not sent", cause));
        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        return failure;
    }

    @Test
    void metricsHaveTheKindsOfTheRunbook() {
        assertThat(Stream.of(Kind.values()).map(Kind::label))
                .containsExactlyInAnyOrder(
                        "missing", "unavailable", "throttled", "denied", "conflict", "corrupt", "invalid");
        for (Kind kind : Kind.values()) {
            assertThat(registry.getCounters()).containsKey("store.failures." + kind.label());
        }
    }

    private S3ObjectStore store(String bucket) {
        server.createBucket("bucket");
        opened = S3ObjectStore.open(settings(server.endpoint(), bucket), metrics);
        return opened;
    }

    private static S3Settings settings(URI endpoint, String bucket) {
        return S3Settings.at(endpoint, bucket, new S3Settings.Credentials("a", "s"))
                .withLimits(new S3Settings.Limits(
                        4, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(10), 1));
    }

    private static ObjectStoreException failure(CompletableFuture<?> future) {
        return Await.result("the failure", LIMIT, future.handle((done, failure) -> {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            if (cause instanceof ObjectStoreException typed) {
                return typed;
            }
            throw new AssertionError("expected an ObjectStoreException, not " + cause);
        }));
    }
}
