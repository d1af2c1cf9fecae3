package io.narrows.relay.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.net.TlsEngines;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.narrows.testing.SelfSignedKey;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How connections begin and end: TLS, silence, slow readers, limits. */
@ExtendWith(LeakDetection.class)
final class RelayConnectionLifeTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final NioEventLoopGroup eventLoops = new NioEventLoopGroup(2);
    private final RecordingLeader leader = new RecordingLeader();
    private final RecordingProxy proxy = new RecordingProxy();
    private final MetricRegistry leaderMetrics = new MetricRegistry();
    private final RelayMetrics metrics = new RelayMetrics(leaderMetrics, RelayMetrics.SERVER);

    @AfterEach
    void stop() {
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void bothSidesProveThemselvesWithTls(@TempDir Path directory) throws Exception {
        SelfSignedKey leaderKey = SelfSignedKey.create(directory, "leader");
        SelfSignedKey proxyKey = SelfSignedKey.create(directory, "proxy");
        SslContext serverSide = SslContextBuilder.forServer(leaderKey.identity())
                .trustManager(proxyKey.trust())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        SslContext clientSide = SslContextBuilder.forClient()
                .keyManager(proxyKey.identity())
                .trustManager(leaderKey.trust())
                .build();
        SslContext stranger = SslContextBuilder.forClient()
                .keyManager(leaderKey.identity())
                .trustManager(leaderKey.trust())
                .build();
        InetSocketAddress address = listen(server(5_000, 16 << 20, serverSide));

        RelayConnection connection = connect(address, client(5_000, clientSide));
        connection.close();

        Await.until("the leader hears of the end", SOON, () -> leader.closed() == 1);
        assertThatThrownBy(() -> connect(address, client(5_000, stranger)))
                .cause()
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> connect(address, client(1_000, null))).cause().isInstanceOf(IOException.class);
        assertThat(leader.hellos()).isEqualTo(1);
    }

    @Test
    void aLeaderThatFallsSilentIsGivenUp() throws IOException {
        try (SilentPeer peer = new SilentPeer(RelaySamples.welcome("zone-b"))) {
            connect(peer.address(), client(5_000, null));

            Await.until("the proxy closes the connection", SOON, () -> proxy.closed() != null);
            assertThat(proxy.closed()).hasMessageContaining("no bytes from the peer");
        }
    }

    @Test
    void aLeaderThatDoesNotAnswerTheHelloIsGivenUp() throws IOException {
        try (SilentPeer peer = new SilentPeer(null)) {
            assertThatThrownBy(() -> connect(peer.address(), client(200, null)))
                    .cause()
                    .hasMessageContaining("Hello");
        }
    }

    @Test
    void aConnectionWithoutAHelloIsClosed() throws IOException {
        InetSocketAddress address = listen(server(200, 16 << 20, null));

        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aProxyThatFallsSilentIsGivenUp() throws IOException {
        InetSocketAddress address = listen(server(5_000, 16 << 20, null));

        try (Socket socket = sayHello(address)) {
            Await.until("the leader hears of the end", SOON, () -> leader.closed() == 1);
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void aPausedLeaderIsNotTakenForDeadNorItsProxy() {
        InetSocketAddress address = listen(server(5_000, 16 << 20, null));
        RelayConnection connection = connect(address, client(5_000, null));
        leader.session().reading(RelaySession.ReadMode.PAUSED);

        long before = sentToProxies();
        int fivefoldSilence = 50 * (Frame.PREFIX_BYTES + Long.BYTES);
        Await.until("the leader's pings", SOON, () -> sentToProxies() - before > fivefoldSilence);

        assertThat(proxy.closed()).isNull();
        assertThat(leader.closed()).isZero();
        connection.close();
        leader.session().reading(RelaySession.ReadMode.FLOWING);
        Await.until("the leader hears of the end", SOON, () -> leader.closed() == 1);
    }

    @Test
    void aProxyThatDoesNotReadItsResultsIsClosed() throws IOException {
        InetSocketAddress address = listen(server(5_000, 1 << 20, null));
        AppendResult large = new AppendResult(
                1,
                List.of(new EntryResult(
                        0, RelayError.NONE, (short) 87, -1, -1, -1, 0, -1, -1, "x".repeat(1_000), List.of())));

        try (Socket socket = sayHello(address)) {
            Await.until("the leader closes", SOON, () -> {
                for (int i = 0; i < 1_000 && leader.closed() == 0; i++) {
                    leader.session().reply(large);
                }
                return leader.closed() == 1;
            });
            assertThat(leader.session().isOpen()).isFalse();
            assertThat(socket.isConnected()).isTrue();
        }
    }

    @Test
    void connectionsBeyondTheLimitAreClosed() throws IOException {
        InetSocketAddress address = listen(new RelayServer(
                eventLoops, new RelayServerSettings(1, 5_000, 20, 200, 16 << 20, null), metrics, leader));
        RelayConnection connection = connect(address, client(5_000, null));

        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(proxy.closed()).isNull();
        connection.close();
    }

    private long sentToProxies() {
        return leaderMetrics.counter("relay.server.sentBytes.zone-a").getCount();
    }

    private InetSocketAddress listen(RelayServer server) {
        return Await.result("listening", SOON, server.listen(new InetSocketAddress("127.0.0.1", 0)));
    }

    private RelayServer server(int helloTimeoutMs, int maxUnreadBytes, @Nullable SslContext tls) {
        return new RelayServer(
                eventLoops,
                new RelayServerSettings(10, helloTimeoutMs, 20, 200, maxUnreadBytes, engines(tls)),
                metrics,
                leader);
    }

    private RelayClient client(int helloTimeoutMs, @Nullable SslContext tls) {
        return new RelayClient(
                eventLoops.next(),
                new RelayClientSettings(3_000, helloTimeoutMs, 20, 200, WireCompression.ZSTD, engines(tls)),
                new RelayMetrics(new MetricRegistry(), RelayMetrics.CLIENT));
    }

    private static @Nullable TlsEngines engines(@Nullable SslContext context) {
        return context == null ? null : (host, port) -> context.newEngine(ByteBufAllocator.DEFAULT, host, port);
    }

    private RelayConnection connect(InetSocketAddress address, RelayClient client) {
        return Await.result("connected", SOON, client.connect(address, RelaySamples.HELLO, proxy));
    }

    /** A proxy that says Hello and nothing more, and reads nothing. */
    private Socket sayHello(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.getOutputStream().write(RelayFrames.hello());
        Await.until(
                "the leader accepts",
                SOON,
                () -> leader.hellos() == 1 && leader.session().isOpen());
        return socket;
    }

    /** A leader that reads the Hello, perhaps answers it, and then says nothing more. */
    private static final class SilentPeer implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final Thread thread;
        private volatile @Nullable Socket accepted;

        SilentPeer(@Nullable HelloReply reply) throws IOException {
            thread = new Thread(() -> serve(reply), "silent-peer");
            thread.start();
        }

        InetSocketAddress address() {
            return (InetSocketAddress) listener.getLocalSocketAddress();
        }

        private void serve(@Nullable HelloReply reply) {
            try {
                Socket socket = listener.accept();
                accepted = socket;
                if (reply != null) {
                    socket.getOutputStream().write(RelayFrames.reply(reply));
                }
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // The other end has gone, or the test is over.
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            Socket socket = accepted;
            if (socket != null) {
                socket.close();
            }
            Await.until("the silent peer ends", SOON, () -> !thread.isAlive());
        }
    }
}
