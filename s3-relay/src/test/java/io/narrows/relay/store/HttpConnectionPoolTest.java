package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.net.Outbound;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.narrows.testing.SelfSignedKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Promise;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers answer, over real sockets. */
@ExtendWith(LeakDetection.class)
final class HttpConnectionPoolTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int REQUEST_BYTES = 10;
    private static final String FINE = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";

    private final EventLoopGroup loops = new NioEventLoopGroup(1);
    private final ServerSocket socket = open();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();
    private final List<HttpConnectionPool> opened = new ArrayList<>();
    private volatile List<String> answers = List.of(FINE);

    HttpConnectionPoolTest() {
        startServing(socket);
    }

    private void startServing(ServerSocket listening) {
        Thread server = new Thread(() -> serve(listening), "server");
        server.setDaemon(true);
        server.start();
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        opened.forEach(HttpConnectionPool::close);
        var unused = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        Await.until("the event loop has ended", LIMIT, loops::isTerminated);
    }

    @Test
    void aConnectionIsUsedAgain() {
        HttpConnectionPool connections = connections(1, Duration.ofSeconds(10));

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(ask(connections)).isEqualTo("200 body");

        assertThat(accepted).hasValue(1);
    }

    @Test
    void moreThanThereAreConnectionsWaitTheirTurn() {
        HttpConnectionPool connections = connections(2, Duration.ofSeconds(10));
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            asked.add(start(connections));
        }

        assertThat(asked).allSatisfy(each -> assertThat(each.result()).isEqualTo("200 body"));
        assertThat(accepted.get()).isLessThanOrEqualTo(2);
    }

    @Test
    void aServerThatClosesGetsANewConnection() {
        answers = List.of("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody");
        HttpConnectionPool connections = connections(1, Duration.ofSeconds(10));

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(ask(connections)).isEqualTo("200 body");

        assertThat(accepted).hasValue(2);
    }

    @Test
    void answersInPiecesAndAfterAnInterimOneAreWhole() {
        answers = List.of(
                "HTTP/1.1 100 Continue\r\n\r\n" + FINE,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n");
        HttpConnectionPool connections = connections(1, Duration.ofSeconds(10));

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(ask(connections)).isEqualTo("200 body");
    }

    @Test
    void whatIsNoAnswerFailsAndSoDoesOneThatEndsEarlyAndTheNextIsFine() {
        answers = List.of("SSH-2.0-whatever\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody", "", FINE);
        HttpConnectionPool connections = connections(1, Duration.ofSeconds(2));

        assertThat(ask(connections)).startsWith("failed");
        assertThat(ask(connections)).startsWith("failed");
        assertThat(ask(connections)).startsWith("failed");
        assertThat(ask(connections)).isEqualTo("200 body");
    }

    @Test
    void bytesBehindAnAnswerEndTheConnection() {
        answers = List.of(FINE + FINE, FINE);
        HttpConnectionPool connections = connections(1, Duration.ofSeconds(10));

        assertThat(ask(connections)).isEqualTo("200 body");
        Await.until(
                "a further answer on another connection",
                LIMIT,
                () -> ask(connections).equals("200 body"));

        Await.until("the connection with too many bytes ends", LIMIT, () -> {
            String unused = ask(connections);
            return accepted.get() >= 2;
        });
    }

    @Test
    void aCancelledExchangeEndsItsConnectionAndNoOther() {
        answers = List.of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody", FINE);
        HttpConnectionPool connections = connections(1, Duration.ofMinutes(10));
        Asked hanging = start(connections);
        Await.until("the head of the answer", LIMIT, () -> hanging.abandon != null);

        hanging.abandon.run();

        assertThat(hanging.result()).startsWith("failed");
        assertThat(ask(connections)).isEqualTo("200 body");
    }

    @Test
    void anExchangeThatTakesTooLongFailsAndSoDoOthersThatWaitForItsConnection() {
        answers = List.of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
        HttpConnectionPool connections = connections(1, Duration.ofMillis(300));
        Asked hanging = start(connections);
        Asked waiting = start(connections);

        assertThat(hanging.result()).startsWith("failed");
        assertThat(waiting.result()).startsWith("failed");
        answers = List.of(FINE);
        Await.until("a later one succeeds", LIMIT, () -> ask(connections).equals("200 body"));
    }

    @Test
    void anUnusedConnectionIsClosed() {
        HttpConnectionPool connections = connections(
                "127.0.0.1",
                socket,
                new HttpConnectionPool.Bounds(1, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofMillis(50)),
                null);
        assertThat(ask(connections)).isEqualTo("200 body");

        Await.until("the connection ends", LIMIT, () -> left.get() == 1);

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(accepted).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aConnectionThatEndsAfterThePoolHasLookedAtItIsGivenBack(int turnsOfTheLoop) {
        AtomicInteger looks = new AtomicInteger();
        HttpConnectionPool connections = new HttpConnectionPool(
                new HttpConnectionPool.Server("127.0.0.1", socket.getLocalPort()),
                new HttpConnectionPool.Bounds(1, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(15)),
                loops.next(),
                null,
                channel -> {
                    Promise<Boolean> fine = channel.eventLoop().newPromise();
                    // The first look was as it came back.
                    if (looks.incrementAndGet() == 2) {
                        Outbound.close(channel);
                        after(turnsOfTheLoop, channel.eventLoop(), () -> fine.setSuccess(true));
                    } else {
                        fine.setSuccess(channel.isActive());
                    }
                    return fine;
                });
        opened.add(connections);
        assertThat(ask(connections)).isEqualTo("200 body");

        assertThat(ask(connections)).startsWith("failed");

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(accepted).hasValue(2);
    }

    private static void after(int turns, EventLoop loop, Runnable task) {
        if (turns == 0) {
            task.run();
        } else {
            loop.execute(() -> after(turns - 1, loop, task));
        }
    }

    @Test
    void exchangesThatWaitForAConnectionFailWhenThePoolCloses() {
        answers = List.of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
        HttpConnectionPool connections = connections(1, Duration.ofMinutes(10));
        Asked hanging = start(connections);
        Asked waiting = start(connections);
        Await.until("the head of the answer", LIMIT, () -> hanging.abandon != null);

        connections.close();

        assertThat(waiting.result()).startsWith("failed");
        hanging.abandon.run();
        assertThat(hanging.result()).startsWith("failed");
        assertThat(ask(connections)).startsWith("failed");
    }

    @Test
    void encryptedAnswersAreReadFromAServerThatIsTrustedOnly(@TempDir Path directory) throws Exception {
        SelfSignedKey key = SelfSignedKey.create(directory, "store");
        SslContext trusting = HttpConnectionPool.tls().trustManager(key.trust()).build();
        SslContext stranger = HttpConnectionPool.tls().build();
        try (ServerSocket encrypted = open(key)) {
            startServing(encrypted);

            HttpConnectionPool right = connections("localhost", encrypted, trusting);
            assertThat(ask(right)).isEqualTo("200 body");
            assertThat(ask(right)).isEqualTo("200 body");
            assertThat(accepted).hasValue(1);

            assertThat(ask(connections("localhost", encrypted, stranger))).startsWith("failed");
        }
    }

    private HttpConnectionPool connections(int perLoop, Duration exchange) {
        return connections(
                "127.0.0.1",
                socket,
                new HttpConnectionPool.Bounds(perLoop, Duration.ofSeconds(5), exchange, Duration.ofSeconds(15)),
                null);
    }

    private HttpConnectionPool connections(String host, ServerSocket server, SslContext tls) {
        return connections(
                host,
                server,
                new HttpConnectionPool.Bounds(1, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(15)),
                tls);
    }

    private HttpConnectionPool connections(
            String host, ServerSocket server, HttpConnectionPool.Bounds bounds, @Nullable SslContext tls) {
        HttpConnectionPool connections = new HttpConnectionPool(
                new HttpConnectionPool.Server(host, server.getLocalPort()), bounds, loops.next(), tls);
        opened.add(connections);
        return connections;
    }

    private static String ask(HttpConnectionPool connections) {
        return start(connections).result();
    }

    private static Asked start(HttpConnectionPool connections) {
        return new Asked().on(connections);
    }

    private static ServerSocket open() {
        try {
            return new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ServerSocket open(SelfSignedKey key) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(key.identity().getKeyManagers(), null, null);
        return context.getServerSocketFactory().createServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
    }

    private void serve(ServerSocket listening) {
        try {
            for (int requests = 0; ; ) {
                Socket connection = listening.accept();
                accepted.incrementAndGet();
                int first = requests;
                Thread reader = new Thread(() -> answer(connection, first), "connection");
                reader.setDaemon(true);
                reader.start();
                requests++;
            }
        } catch (IOException e) {
            // The end of the test.
        }
    }

    /** Each connection begins with the answer of its number; the last one is repeated. */
    private void answer(Socket connection, int first) {
        try (connection) {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
            for (int i = first; ; i++) {
                for (String line = in.readLine(); !"".equals(line); line = in.readLine()) {
                    if (line == null) {
                        left.incrementAndGet();
                        return;
                    }
                }
                if (in.skip(REQUEST_BYTES) != REQUEST_BYTES) {
                    return;
                }
                String answer = answers.get(Math.min(i, answers.size() - 1));
                connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                if (answer.contains("close") || answer.isEmpty()) {
                    return;
                }
            }
        } catch (IOException e) {
            // The client has closed it.
        }
    }

    private static final class Asked implements HttpConnectionPool.Receiver {
        private final StringBuilder body = new StringBuilder();
        private CompletableFuture<String> outcome = new CompletableFuture<>();
        private volatile Runnable abandon;

        Asked on(HttpConnectionPool connections) {
            FullHttpRequest request = new DefaultFullHttpRequest(
                    HttpVersion.HTTP_1_1,
                    HttpMethod.PUT,
                    "/",
                    PooledByteBufAllocator.DEFAULT.buffer().writeZero(REQUEST_BYTES));
            request.headers().set(HttpHeaderNames.CONTENT_LENGTH, REQUEST_BYTES);
            outcome = connections
                    .ask(request, this)
                    .handle((status, failure) -> failure == null ? status + " " + body : "failed: " + failure);
            return this;
        }

        String result() {
            return Await.result("the answer", LIMIT, outcome);
        }

        @Override
        public void onHead(HttpResponse head, Runnable abandoning) {
            abandon = abandoning;
        }

        @Override
        public void onBody(ByteBuf part) {
            body.append(part.toString(StandardCharsets.US_ASCII));
        }
    }
}
