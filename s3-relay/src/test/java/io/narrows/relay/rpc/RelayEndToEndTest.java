package io.narrows.relay.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.nio.NioEventLoopGroup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Client and server over real sockets. */
@ExtendWith(LeakDetection.class)
final class RelayEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final NioEventLoopGroup eventLoops = new NioEventLoopGroup(2);
    private final MetricRegistry metrics = new MetricRegistry();
    private final RecordingLeader leader = new RecordingLeader();
    private final RelayServer server = new RelayServer(
            eventLoops, RelayServerSettings.defaults(), new RelayMetrics(metrics, RelayMetrics.SERVER), leader);
    private final RelayClient client = new RelayClient(
            eventLoops.next(), RelayClientSettings.defaults(), new RelayMetrics(metrics, RelayMetrics.CLIENT));
    private final RecordingProxy proxy = new RecordingProxy();
    private InetSocketAddress address;

    @BeforeEach
    void listen() {
        address = Await.result("listening", SOON, server.listen(new InetSocketAddress("127.0.0.1", 0)));
    }

    @AfterEach
    void stop() {
        Await.result("server closes", SOON, server.close());
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void entriesReachTheLeaderAndResultsComeBack() {
        RelayConnection connection = connect();
        ByteBuf bytes = Unpooled.directBuffer().writeBytes(new byte[300_000]);

        send(connection, RelaySamples.request(0, RelaySamples.entry(1, RelaySamples.pointer(5), null)));
        send(connection, RelaySamples.request(1, RelaySamples.entry(1, null, bytes)));

        Await.until("two results", SOON, () -> proxy.results().size() == 2);
        assertThat(proxy.results()).extracting(AppendResult::requestId).containsExactly(0L, 1L);
        assertThat(leader.payloadBytes()).isEqualTo(300_000);
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void bytesAreCountedPerZoneOfThePeer() {
        RelayConnection connection = connect();
        send(connection, RelaySamples.request(0, RelaySamples.entry(1, RelaySamples.pointer(5), null)));
        Await.until("a result", SOON, () -> proxy.results().size() == 1);

        long sent = metrics.counter("relay.client.sentBytes.zone-b").getCount();
        assertThat(sent).isPositive();
        assertThat(metrics.counter("relay.server.receivedBytes.zone-a").getCount())
                .isEqualTo(sent);
    }

    @Test
    void aRefusedHelloFailsTheConnection() {
        leader.answerWith(new HelloReply(RelayError.WRONG_CLUSTER, "another one", 1, "other", 1, "zone-b", 1 << 20));

        assertThatThrownBy(this::connect)
                .cause()
                .isInstanceOfSatisfying(
                        RelayRefusedException.class, e -> assertThat(e.error()).isEqualTo(RelayError.WRONG_CLUSTER));
    }

    @Test
    void aWriterThatIsBehindLearnsWhatTheLeaderRemembers() {
        leader.answerWith(
                new HelloReply(RelayError.WRITER_BEHIND, "a later start", 1, "cluster", 1, "zone-b", 1 << 20, 77));

        assertThatThrownBy(this::connect).cause().isInstanceOfSatisfying(RelayRefusedException.class, e -> {
            assertThat(e.error()).isEqualTo(RelayError.WRITER_BEHIND);
            assertThat(e.knownIncarnation()).isEqualTo(77);
        });
    }

    @Test
    void aConnectionThatCannotBeOpenedFails() {
        Await.result("server closes", SOON, server.close());

        assertThatThrownBy(this::connect).cause().isInstanceOf(java.io.IOException.class);
    }

    @Test
    void bothSidesHearOfTheEnd() {
        connect();

        leader.session().close();

        Await.until("the proxy hears", SOON, () -> proxy.closed() != null);
        Await.until("the leader hears", SOON, () -> leader.closed() == 1);
        assertThat(leader.session().isOpen()).isFalse();
    }

    @Test
    void aRequestTooLargeForTheLeaderIsAnsweredAtOnce() {
        leader.answerWith(new HelloReply(RelayError.NONE, "", 1, "cluster", 1, "zone-b", 20_000));
        RelayConnection connection = connect();

        send(
                connection,
                RelaySamples.request(
                        0, RelaySamples.entry(1, null, Unpooled.directBuffer().writeZero(30_000))));

        Await.until("a result", SOON, () -> proxy.results().size() == 1);
        EntryResult result = proxy.results().peek().results().get(0);
        assertThat(result.relayError()).isEqualTo(RelayError.INVALID_MESSAGE);
        assertThat(result.errorCode()).isEqualTo((short) 10);
    }

    private RelayConnection connect() {
        return Await.result("connected", SOON, client.connect(address, RelaySamples.HELLO, proxy));
    }

    private void send(RelayConnection connection, AppendRequest request) {
        CompletableFuture<Void> sent =
                CompletableFuture.runAsync(() -> connection.send(request), ((ClientConnection) connection).loop());
        Await.result("sent", SOON, sent);
    }
}
