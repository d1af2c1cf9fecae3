package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.narrows.testing.SelfSignedKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
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

/** What servers answer, over real sockets. */
@ExtendWith(LeakDetection.class)
final class HttpConnectionsTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String FINE = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";

    private final EventLoopGroup loops = new NioEventLoopGroup(1);
    private final ServerSocket socket = open();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile List<String> answers = List.of(FINE);

    HttpConnectionsTest() {
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
        var unused = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        Await.until("the event loop has ended", LIMIT, loops::isTerminated);
    }

    @Test
    void aConnectionIsUsedAgain() {
        HttpConnections connections = connections(1, Duration.ofSeconds(10));

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(ask(connections)).isEqualTo("200 body");

        assertThat(accepted).hasValue(1);
    }

    @Test
    void moreThanThereAreConnectionsWaitTheirTurn() {
        HttpConnections connections = connections(2, Duration.ofSeconds(10));
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
        HttpConnections connections = connections(1, Duration.ofSeconds(10));

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(ask(connections)).isEqualTo("200 body");

        assertThat(accepted).hasValue(2);
    }

    @Test
    void answersInPiecesAndAfterAnInterimOneAreWhole() {
        answers = List.of(
                "HTTP/1.1 100 Continue\r\n\r\n" + FINE,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n");
        HttpConnections connections = connections(1, Duration.ofSeconds(10));

        assertThat(ask(connections)).isEqualTo("200 body");
        assertThat(ask(connections)).isEqualTo("200 body");
    }

    @Test
    void whatIsNoAnswerFailsAndSoDoesOneThatEndsEarlyAndTheNextIsFine() {
        answers = List.of("SSH-2.0-whatever\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody", "", FINE);
        HttpConnections connections = connections(1, Duration.ofSeconds(2));

        assertThat(ask(connections)).startsWith("failed");
        assertThat(ask(connections)).startsWith("failed");
        assertThat(ask(connections)).startsWith("failed");
        assertThat(ask(connections)).isEqualTo("200 body");
    }

    @Test
    void bytesBehindAnAnswerEndTheConnection() {
        answers = List.of(FINE + FINE, FINE);
        HttpConnections connections = connections(1, Duration.ofSeconds(10));

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
    void anExchangeThatNobodyWaitsForEndsItsConnectionAndNoOther() {
        answers = List.of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody", FINE);
        HttpConnections connections = connections(1, Duration.ofMinutes(10));
        Asked hanging = start(connections);
        Await.until("the head of the answer", LIMIT, () -> hanging.status != 0);

        hanging.abandon();

        assertThat(hanging.result()).startsWith("failed");
        assertThat(ask(connections)).isEqualTo("200 body");
    }

    @Test
    void encryptedAnswersAreReadFromAServerThatIsTrustedOnly(@TempDir Path directory) throws Exception {
        SelfSignedKey key = SelfSignedKey.create(directory, "store");
        SslContext trusting =
                SslContextBuilder.forClient().trustManager(key.trust()).build();
        SslContext stranger = SslContextBuilder.forClient().build();
        try (ServerSocket encrypted = open(key)) {
            startServing(encrypted);

            HttpConnections right = connections("localhost", encrypted, trusting);
            assertThat(ask(right)).isEqualTo("200 body");
            assertThat(ask(right)).isEqualTo("200 body");
            assertThat(accepted).hasValue(1);

            assertThat(ask(connections("localhost", encrypted, stranger))).startsWith("failed");
        }
    }

    private HttpConnections connections(int perLoop, Duration exchange) {
        return connections(
                "127.0.0.1",
                socket,
                new HttpConnections.Bounds(perLoop, Duration.ofSeconds(5), exchange, Duration.ofSeconds(15)),
                null);
    }

    private HttpConnections connections(String host, ServerSocket server, SslContext tls) {
        return connections(
                host,
                server,
                new HttpConnections.Bounds(1, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(15)),
                tls);
    }

    private HttpConnections connections(
            String host, ServerSocket server, HttpConnections.Bounds bounds, @Nullable SslContext tls) {
        return new HttpConnections(
                new HttpConnections.Server(host, server.getLocalPort()), bounds, loops, System::nanoTime, tls);
    }

    private static String ask(HttpConnections connections) {
        return start(connections).result();
    }

    private static Asked start(HttpConnections connections) {
        Asked asked = new Asked();
        connections.start(asked);
        return asked;
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
                        return;
                    }
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

    private static final class Asked extends HttpExchange {
        private final CompletableFuture<String> outcome = new CompletableFuture<>();
        private final StringBuilder body = new StringBuilder();
        private volatile int status;

        String result() {
            return Await.result("the answer", LIMIT, outcome);
        }

        @Override
        void send(Channel connection) {
            var unused = connection.writeAndFlush(
                    Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: x\r\n\r\n", StandardCharsets.US_ASCII));
        }

        @Override
        void onHead(HttpResponse head) {
            status = head.status().code();
        }

        @Override
        void onBody(ByteBuf part) {
            body.append(part.toString(StandardCharsets.US_ASCII));
        }

        @Override
        void onEnd() {
            outcome.complete(status + " " + body);
        }

        @Override
        void onFailure(Throwable cause) {
            outcome.complete("failed: " + cause);
        }
    }
}
