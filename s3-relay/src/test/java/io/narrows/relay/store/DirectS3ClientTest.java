package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;

/** What is sent, and what of the answers counts, against a server that answers with one status. */
@ExtendWith(LeakDetection.class)
final class DirectS3ClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final String CREDENTIAL = "AWS4-HMAC-SHA256 Credential=access/20260305/eu-west-1/s3/aws4_request, x";

    private final ManualLoop clock = new ManualLoop(0);
    private final EventLoopGroup loops = new NioEventLoopGroup(1);
    private final HttpServer server = start();
    private final DirectS3Client way =
            way(StaticCredentialsProvider.create(AwsSessionCredentials.create("access", "very-secret", "the-token")));
    private volatile int status = 206;
    private volatile Headers asked = new Headers();
    private final Headers headers = new Headers();

    @AfterEach
    void close() {
        way.close();
        server.stop(0);
        var unused = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        Await.until("the event loop has ended", LIMIT, loops::isTerminated);
    }

    @Test
    void aGetIsSignedForTheSessionAsTheSdkSignedBefore() {
        way.worked(request().build(), "a/key");

        assertThat(get()).isEqualTo("body");

        assertThat(asked.getFirst("Range")).isEqualTo("bytes=0-3");
        assertThat(asked.getFirst("X-amz-security-token")).isEqualTo("the-token");
        assertThat(asked.getFirst("Authorization"))
                .startsWith("AWS4-HMAC-SHA256 Credential=access/")
                .contains("/eu-west-1/s3/aws4_request, SignedHeaders=host;range;");
    }

    @Test
    void aPutSendsItsBytesWithTheirChecksum() {
        status = 200;
        headers.set("ETag", "\"etag\"");
        way.worked(request().build(), "a/key");

        assertThat(put(way)).isEqualTo("done");

        assertThat(asked.getFirst("Content-length")).isEqualTo("3");
        assertThat(asked.getFirst("X-amz-checksum-crc32c")).isEqualTo("AAAAAA==");
        assertThat(asked.getFirst("X-amz-content-sha256")).isEqualTo("UNSIGNED-PAYLOAD");
    }

    @Test
    void onlyAPlainSuccessIsOneAndAnObjectThatIsGoneIsGone() {
        way.worked(request().build(), "a/key");

        for (int other : new int[] {200, 301, 416, 501}) {
            status = other;
            assertThat(get()).contains("response status " + other);
        }
        for (int trouble : new int[] {500, 502, 504}) {
            status = trouble;
            assertThat(get()).contains(Kind.UNAVAILABLE.name());
        }
        for (int throttled : new int[] {429, 503}) {
            status = throttled;
            assertThat(get()).contains(Kind.THROTTLED.name());
        }
        status = 404;
        assertThat(get()).contains(Kind.NOT_FOUND.name());
        status = 206;
        assertThat(get()).isEqualTo("body");
    }

    @Test
    void anAnswerThatIsNotAboutTheRequestIsNoSuccess() {
        way.worked(request().build(), "a/key");
        headers.set("Content-Range", "bytes 4-7/8");
        assertThat(get()).contains("ended early");
        headers.set("Content-Range", "bytes 0-3/8");
        assertThat(get()).isEqualTo("body");

        status = 200;
        assertThat(put(way)).contains("not one of S3");
        headers.set("ETag", "");
        assertThat(put(way)).contains("not one of S3");
        headers.set("ETag", "\"etag\"");
        headers.set("x-amz-checksum-crc32c", "BBBBBB==");
        assertThat(put(way)).contains("not one of S3");
        headers.set("x-amz-checksum-crc32c", "AAAAAA==");
        assertThat(put(way)).isEqualTo("done");
    }

    @Test
    void aRefusalEndsTheWayUntilTheSdkHasSuccessAgain() {
        for (int refusal : new int[] {400, 401}) {
            refuse(refusal);

            way.worked(request().build(), "a/key");

            assertThat(way.knows("a/key")).isTrue();
        }
    }

    @Test
    void afterThreeRefusalsTheWayIsClosedForAWhile() {
        refuse(400);
        refuse(401);
        refuse(403);
        clock.advance(PAUSE_NANOS - 1);
        way.worked(request().build(), "a/key");
        assertThat(way.knows("a/key")).isFalse();

        clock.advance(1);
        way.worked(request().build(), "a/key");

        assertThat(way.knows("a/key")).isTrue();
    }

    @Test
    void refusalsThatAreFarApartNeverCloseTheWay() {
        for (int i = 0; i < 5; i++) {
            refuse(403);
            clock.advance(PAUSE_NANOS);
        }

        way.worked(request().build(), "a/key");

        assertThat(way.knows("a/key")).isTrue();
    }

    /** Opens the way, which a refusal ends. */
    private void refuse(int refusal) {
        way.worked(request().build(), "a/key");
        status = refusal;
        assertThat(get()).contains("response status " + refusal);
        assertThat(way.knows("a/key")).isFalse();
    }

    @Test
    void whatIsSentInAnyOtherMannerIsLeftToTheSdk() {
        way.worked(request().putHeader("x-amz-s3session-token", "t").build(), "a/key");
        way.worked(request().putRawQueryParameter("x", "y").build(), "a/key");
        way.worked(
                request().putHeader("Authorization", "AWS4-ECDSA-P256-SHA256 x").build(), "a/key");
        way.worked(request().removeHeader("Authorization").build(), "a/key");
        way.worked(request().build(), "another/key");
        assertThat(way.knows("a/key")).isFalse();

        way.worked(request().build(), "a/key");

        assertThat(way.knows("a/key")).isTrue();
        assertThat(way.knows("with space")).isFalse();
    }

    @Test
    void withoutCredentialsNothingIsSentAndNothingIsKept() {
        try (DirectS3Client other = way(() -> {
            throw new IllegalStateException("no credentials");
        })) {
            other.worked(request().build(), "a/key");

            assertThat(put(other)).contains("no credentials");
        }
        assertThat(asked).isEmpty();
    }

    private DirectS3Client way(AwsCredentialsProvider credentials) {
        return new DirectS3Client(
                credentials,
                new HttpConnectionPool.Bounds(2, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(15)),
                loops,
                clock::nanoTime);
    }

    /** What the SDK's client sends for a GET of {@code a/key}. */
    private SdkHttpRequest.Builder request() {
        return SdkHttpRequest.builder()
                .method(SdkHttpMethod.GET)
                .protocol("http")
                .host("127.0.0.1")
                .port(server.getAddress().getPort())
                .encodedPath("/bucket/a/key")
                .putHeader("Authorization", CREDENTIAL);
    }

    private String get() {
        RangeResponse response = new RangeResponse(PooledByteBufAllocator.DEFAULT, "a/key", 0, 4);
        String text = Await.result(
                "the answer", LIMIT, way.get("a/key", "bytes=0-3", response).handle((attempt, failure) -> {
                    if (failure != null) {
                        return failure instanceof ObjectStoreException typed
                                ? typed.kind().name()
                                : failure.toString();
                    }
                    ByteBuf bytes = attempt.take();
                    String body = new String(ByteBufUtil.getBytes(bytes), StandardCharsets.US_ASCII);
                    boolean unused = bytes.release();
                    return body;
                }));
        response.discard();
        return text;
    }

    private static String put(DirectS3Client way) {
        ByteBuf body = PooledByteBufAllocator.DEFAULT.buffer().writeBytes(new byte[] {1, 2, 3});
        CompletableFuture<String> done = way.put("a/key", body, "AAAAAA==")
                .handle((unused, failure) -> failure == null ? "done" : failure.toString());
        String text = Await.result("the answer", LIMIT, done);
        Await.until("only the caller holds the body", LIMIT, () -> body.refCnt() == 1);
        boolean unused = body.release();
        return text;
    }

    private HttpServer start() {
        try {
            HttpServer started = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            started.createContext("/bucket/a/key", this::answer);
            started.start();
            return started;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            asked = exchange.getRequestHeaders();
            byte[] unused = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().putAll(headers);
            exchange.sendResponseHeaders(status, 4);
            exchange.getResponseBody().write(new byte[] {'b', 'o', 'd', 'y'});
        }
    }
}
