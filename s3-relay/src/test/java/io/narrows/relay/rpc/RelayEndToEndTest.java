package io.narrows.relay.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
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
        leader.answerWith(
                new HelloReply(RelayError.WRONG_CLUSTER, "another one", 3, "other", 1, "zone-b", 1 << 20, 1 << 20, 0));

        assertThatThrownBy(this::connect)
                .cause()
                .isInstanceOfSatisfying(
                        RelayRefusedException.class, e -> assertThat(e.error()).isEqualTo(RelayError.WRONG_CLUSTER));
    }

    @Test
    void aWriterThatIsBehindLearnsWhatTheLeaderRemembers() {
        leader.answerWith(new HelloReply(
                RelayError.WRITER_BEHIND, "a later start", 3, "cluster", 1, "zone-b", 1 << 20, 1 << 20, 77));

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
    void aRequestTooLargeForTheLeaderIsNotSent() {
        leader.answerWith(new HelloReply(RelayError.NONE, "", 3, "cluster", 1, "zone-b", 20_000, 20_000, 0));
        RelayConnection connection = connect();
        ByteBuf bytes = Unpooled.directBuffer().writeZero(30_000);

        assertThatThrownBy(() -> send(connection, RelaySamples.request(0, RelaySamples.entry(1, null, bytes))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a frame has 30084 bytes, the leader accepts at most 20000");
        send(connection, RelaySamples.request(1, RelaySamples.entry(1, RelaySamples.pointer(5), null)));

        Await.until("the next one's result", SOON, () -> proxy.results().size() == 1);
        assertThat(proxy.results().peek().requestId()).isEqualTo(1);
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void aBatchComesInPartsBesideFrames() {
        leader.answerWith(new HelloReply(RelayError.NONE, "", 3, "cluster", 1, "zone-a", 20_000, 200_000, 0));
        RelayConnection connection = connect();
        ByteBuf batch = RelaySamples.uncompressedBatch(150_000);

        inLoop(connection, () -> connection.announce(1, batch));
        Await.until("a grant", SOON, () -> proxy.granted().contains(1L));
        inLoop(connection, () -> {
            while (batch.readableBytes() > 50_000) {
                connection.sendPart(batch.readRetainedSlice(10_000));
            }
            connection.send(RelaySamples.request(0, RelaySamples.entry(1, RelaySamples.pointer(5), null)));
            while (batch.isReadable()) {
                connection.sendPart(batch.readRetainedSlice(10_000));
            }
            connection.send(RelaySamples.request(1, RelaySamples.inParts(2)));
        });

        Await.until("two results", SOON, () -> proxy.results().size() == 2);
        assertThat(proxy.results()).extracting(AppendResult::requestId).containsExactly(0L, 1L);
        ByteBuf sent = batch.readerIndex(0);
        assertThat(leader.lastBytes()).isEqualTo(ByteBufUtil.getBytes(sent));
        sent.release();
    }

    @Test
    void partsToAnotherZoneAreCompressed() {
        RelayConnection connection = connect();
        ByteBuf batch = RelaySamples.uncompressedBatch(100_000);

        inLoop(connection, () -> connection.announce(1, batch));
        Await.until("a grant", SOON, () -> proxy.granted().contains(1L));
        inLoop(connection, () -> {
            connection.sendPart(batch.retainedSlice(0, 60_000));
            connection.sendPart(batch.retainedSlice(60_000, 40_000));
            connection.send(RelaySamples.request(1, RelaySamples.inParts(2)));
        });

        Await.until("a result", SOON, () -> proxy.results().size() == 1);
        assertThat(leader.lastBytes()).isEqualTo(ByteBufUtil.getBytes(batch));
        assertThat(metrics.counter("relay.client.sentBytes.zone-b").getCount()).isLessThan(50_000);
        batch.release();
    }

    @Test
    void aWithdrawnBatchMakesRoomForAnother() {
        RelayConnection connection = connect();
        ByteBuf batch = Unpooled.directBuffer().writeZero(2_000);

        inLoop(connection, () -> {
            connection.announce(1, batch);
            connection.withdraw(1);
            connection.announce(2, batch);
        });

        Await.until("the second grant", SOON, () -> proxy.granted().contains(2L));
        inLoop(connection, () -> {
            connection.sendPart(batch);
            connection.send(RelaySamples.request(1, RelaySamples.inParts(2)));
        });
        Await.until("a result", SOON, () -> proxy.results().size() == 1);
        assertThat(leader.payloadBytes()).isEqualTo(2_000);
    }

    private RelayConnection connect() {
        return Await.result("connected", SOON, client.connect(address, RelaySamples.HELLO, proxy));
    }

    private void send(RelayConnection connection, AppendRequest request) {
        inLoop(connection, () -> connection.send(request));
    }

    private static void inLoop(RelayConnection connection, Runnable task) {
        Await.result("done", SOON, CompletableFuture.runAsync(task, ((ClientConnection) connection).loop()));
    }
}
