package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What stands between a process and S3 says yes to what it has not done: no operation takes that for a success. */
@ExtendWith(LeakDetection.class)
final class WrongAnswersTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String ERROR = "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";

    /** With and without a condition, which have code of their own. */
    private static final List<Request> PUTS = List.of(
            store -> store.put("k", Unpooled.buffer().writeByte(1)).thenApply(done -> "stored"),
            store -> store.putIf("k", Unpooled.buffer().writeByte(1), PutCondition.absent()),
            store -> store.putIf("k", Unpooled.buffer().writeByte(1), PutCondition.matches("\"etag\"")));

    private final HttpServer server = start();
    private volatile HttpHandler handler = exchange -> answer(exchange, 200, "");

    @AfterEach
    void close() {
        server.stop(0);
    }

    @Test
    void aPutWithoutAnETagIsNotStored() {
        for (Request put : PUTS) {
            handler = exchange -> answer(exchange, 200, "");
            assertThat(with(put)).contains(Kind.UNAVAILABLE.name()).contains("without an ETag");
            handler = exchange -> answer(exchange, 200, "<html>sign in</html>");
            assertThat(with(put)).contains(Kind.UNAVAILABLE.name());
            handler = exchange -> answer(exchange, 200, ERROR);
            assertThat(with(put)).contains(Kind.UNAVAILABLE.name());
            handler = exchange -> {
                exchange.getResponseHeaders().set("ETag", "");
                answer(exchange, 200, "");
            };
            assertThat(with(put)).contains(Kind.UNAVAILABLE.name()).contains("without an ETag");
        }
    }

    @Test
    void aPutOfOtherBytesIsCorrupt() {
        handler = exchange -> {
            exchange.getResponseHeaders().set("ETag", "\"etag\"");
            exchange.getResponseHeaders().set("x-amz-checksum-crc32c", "AAAAAA==");
            answer(exchange, 200, "");
        };
        for (Request put : PUTS) {
            assertThat(with(put)).contains(Kind.CORRUPT.name());
        }
    }

    @Test
    void anotherRangeOrLengthIsNotTheObject() {
        handler = exchange -> {
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-3/100");
            answer(exchange, 206, "body");
        };
        assertThat(get()).contains(Kind.CORRUPT.name()).contains("bytes 0-3/100");
        handler = exchange -> answer(exchange, 200, ERROR);
        assertThat(get()).contains(Kind.CORRUPT.name());
        handler = exchange -> answer(exchange, 206, "bo");
        assertThat(get()).contains(Kind.INVALID.name());
    }

    @Test
    void anAnswerThatBreaksOffIsUnavailable() {
        handler = exchange -> {
            exchange.sendResponseHeaders(206, 4);
            exchange.getResponseBody().write('b');
            exchange.getResponseBody().flush();
            throw new IOException("the connection breaks");
        };
        assertThat(get()).contains(Kind.UNAVAILABLE.name());
    }

    private String get() {
        return with(store -> store.get("k", 10, 4).thenApply(bytes -> {
            boolean unused = bytes.release();
            return "read";
        }));
    }

    private interface Request {
        CompletableFuture<String> send(ObjectStore store);
    }

    private String with(Request request) {
        URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (S3ObjectStore store = S3ObjectStore.open(
                S3Settings.at(endpoint, "bucket", new S3Settings.Credentials("a", "s")),
                new StoreMetrics(new MetricRegistry(), "store"))) {
            return Await.result("an answer", LIMIT, request.send(store).exceptionally(WrongAnswersTest::told));
        }
    }

    private static String told(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ObjectStoreException typed
                ? typed.kind() + ": " + typed.getMessage()
                : cause.toString();
    }

    private HttpServer start() {
        try {
            HttpServer started = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            started.createContext("/", exchange -> {
                byte[] unused = exchange.getRequestBody().readAllBytes();
                handler.handle(exchange);
            });
            started.start();
            return started;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        try (exchange) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
