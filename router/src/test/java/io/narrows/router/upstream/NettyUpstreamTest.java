package io.narrows.router.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.narrows.testing.SelfSignedKey;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakDetection.class)
final class NettyUpstreamTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Upstream.Target ANY = new Upstream.Target.AnyBroker();

    private final NioEventLoopGroup eventLoops = new NioEventLoopGroup(1);
    private final EventLoop loop = eventLoops.next();
    private final MetricRegistry metrics = new MetricRegistry();
    private final ScriptedBroker broker = new ScriptedBroker();
    private final AtomicInteger producerIds = new AtomicInteger();

    NettyUpstreamTest() {
        broker.on(
                ApiKeys.INIT_PRODUCER_ID,
                (version, request) -> new InitProducerIdResponseData().setProducerId(producerIds.getAndIncrement()));
    }

    @AfterEach
    void stop() {
        broker.close();
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void requestsArePipelinedAndAnsweredInOrder() {
        NettyUpstream upstream = upstream(settings(broker.address()));
        List<CompletableFuture<ApiMessage>> answers = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            answers.add(initProducerId(upstream, ANY));
        }

        for (int i = 0; i < answers.size(); i++) {
            InitProducerIdResponseData answer =
                    (InitProducerIdResponseData) Await.result("an answer", SOON, answers.get(i));
            assertThat(answer.producerId()).isEqualTo(i);
        }
        assertThat(broker.connections()).isEqualTo(1);
        assertThat(broker.seen())
                .last()
                .isEqualTo(new ScriptedBroker.Seen(
                        ApiKeys.INIT_PRODUCER_ID,
                        ApiKeys.INIT_PRODUCER_ID.latestVersion(),
                        "the-client",
                        new InitProducerIdRequestData().setTransactionalId("tx")));
        upstream.close();
    }

    @Test
    void aBrokerThatKnowsOnlyOldApiVersionsIsAskedAgain() {
        broker.on(ApiKeys.API_VERSIONS, (version, request) -> {
            ApiVersionsResponseData.ApiVersionCollection versions = new ApiVersionsResponseData.ApiVersionCollection();
            versions.add(version(ApiKeys.API_VERSIONS, 0, 1));
            versions.add(version(ApiKeys.INIT_PRODUCER_ID, 0, 2));
            return new ApiVersionsResponseData()
                    .setErrorCode(version > 1 ? Errors.UNSUPPORTED_VERSION.code() : 0)
                    .setApiKeys(versions);
        });
        NettyUpstream upstream = upstream(settings(broker.address()));

        Await.result("an answer", SOON, initProducerId(upstream, ANY));

        assertThat(broker.count(ApiKeys.API_VERSIONS)).isEqualTo(2);
        assertThat(broker.seen())
                .last()
                .extracting(ScriptedBroker.Seen::version)
                .isEqualTo((short) 2);
        assertThat(upstream.versions(ApiKeys.INIT_PRODUCER_ID))
                .isEqualTo(new Upstream.VersionRange((short) 0, (short) 2));
        upstream.close();
    }

    @Test
    void anApiTheBrokerDoesNotOfferIsRefusedWithoutAsking() {
        NettyUpstream upstream = upstream(settings(broker.address()));

        assertThatThrownBy(() -> Await.result(
                        "an answer",
                        SOON,
                        upstream.send(
                                ANY,
                                ApiKeys.FIND_COORDINATOR,
                                Upstream.NEWEST,
                                "the-client",
                                new FindCoordinatorRequestData().setKey("group"))))
                .isInstanceOf(UnsupportedVersionException.class);
        assertThat(upstream.versions(ApiKeys.FIND_COORDINATOR))
                .isEqualTo(new Upstream.VersionRange((short) 0, (short) -1));
        upstream.close();
    }

    @Test
    void oneReachableBootstrapServerIsEnough() throws IOException {
        NettyUpstream upstream = upstream(settings(closedPort(), closedPort(), broker.address()));

        Await.result("an answer", SOON, initProducerId(upstream, ANY));

        assertThat(broker.count(ApiKeys.INIT_PRODUCER_ID)).isEqualTo(1);
        upstream.close();
    }

    @Test
    void noReachableBrokerIsARetriableError() throws IOException {
        NettyUpstream upstream = upstream(settings(closedPort()));

        assertThatThrownBy(() -> Await.result("an answer", SOON, initProducerId(upstream, ANY)))
                .isInstanceOf(RetriableException.class);
        assertThatThrownBy(() ->
                        Await.result("an answer", SOON, initProducerId(upstream, new Upstream.Target.BrokerId(7))))
                .isInstanceOf(RetriableException.class)
                .hasMessageContaining("7");
        upstream.close();
    }

    @Test
    void brokersOfTheOwnZoneArePreferred() {
        try (ScriptedBroker near = new ScriptedBroker()) {
            near.on(ApiKeys.INIT_PRODUCER_ID, (version, request) -> new InitProducerIdResponseData());
            NettyUpstream upstream = upstream(settings(broker.address()));
            upstream.brokers(List.of(
                    new BrokerAddress(1, broker.address(), "zone-b"), new BrokerAddress(2, near.address(), "zone-a")));

            for (int i = 0; i < 20; i++) {
                Await.result("an answer", SOON, initProducerId(upstream, ANY));
            }

            assertThat(near.count(ApiKeys.INIT_PRODUCER_ID)).isEqualTo(20);
            assertThat(metrics.counter("upstream.sentBytes.zone-a.2").getCount())
                    .isPositive();
            assertThat(metrics.counter("upstream.receivedBytes.zone-a.2").getCount())
                    .isPositive();
            assertThat(metrics.counter("upstream.sentBytes.zone-b.1").getCount())
                    .isZero();
            upstream.close();
        }
    }

    @Test
    void aLostConnectionFailsWhatWasSentAndIsOpenedAgain() {
        broker.on(ApiKeys.FIND_COORDINATOR, (version, request) -> null);
        NettyUpstream upstream = upstream(settings(broker.address()));
        CompletableFuture<ApiMessage> unanswered = findCoordinator(upstream);
        Await.until("the request arrives", SOON, () -> broker.count(ApiKeys.FIND_COORDINATOR) == 1);

        broker.disconnectAll();

        assertThatThrownBy(() -> Await.result("an answer", SOON, unanswered)).isInstanceOf(DisconnectException.class);
        Await.result("an answer", SOON, initProducerId(upstream, ANY));
        upstream.close();
    }

    @Test
    void aRequestPastItsTimeFailsAndTakesTheConnectionDown() {
        broker.on(ApiKeys.FIND_COORDINATOR, (version, request) -> null);
        NettyUpstream upstream = upstream(settings(200, broker.address()));

        assertThatThrownBy(() -> Await.result("an answer", SOON, findCoordinator(upstream)))
                .isInstanceOf(TimeoutException.class);
        Await.until("the connection ends", SOON, () -> broker.connections() == 0);
        Await.result("an answer", SOON, initProducerId(upstream, ANY));
        upstream.close();
    }

    @Test
    void garbageFromABrokerEndsTheConnectionAlone() {
        broker.on(ApiKeys.FIND_COORDINATOR, (version, request) -> {
            broker.send(new byte[] {0, 0, 0, 8, 0x7f, 0, 0, 1, 1, 2, 3, 4});
            return null;
        });
        NettyUpstream upstream = upstream(settings(broker.address()));

        assertThatThrownBy(() -> Await.result("an answer", SOON, findCoordinator(upstream)))
                .isInstanceOf(NetworkException.class);
        Await.result("an answer", SOON, initProducerId(upstream, ANY));
        upstream.close();
    }

    @Test
    void aResponseBeyondTheLimitEndsTheConnection() {
        broker.on(ApiKeys.FIND_COORDINATOR, (version, request) -> {
            broker.send(new byte[] {0x7f, 0, 0, 0});
            return null;
        });
        NettyUpstream upstream = upstream(settings(broker.address()));

        assertThatThrownBy(() -> Await.result("an answer", SOON, findCoordinator(upstream)))
                .isInstanceOf(RetriableException.class);
        upstream.close();
    }

    @Test
    void requestsBeyondTheBoundFailAtOnce() {
        broker.on(ApiKeys.FIND_COORDINATOR, (version, request) -> null);
        UpstreamSettings defaults = settings(broker.address());
        NettyUpstream upstream = upstream(new UpstreamSettings(
                defaults.bootstrap(), "zone-a", 1_000, 30_000, defaults.reconnect(), 2, 1 << 20, null));
        findCoordinator(upstream);
        findCoordinator(upstream);

        assertThatThrownBy(() -> Await.result("an answer", SOON, findCoordinator(upstream)))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("Too many");
        upstream.close();
    }

    @Test
    void closingFailsWhatIsUnderWay() {
        broker.on(ApiKeys.FIND_COORDINATOR, (version, request) -> new FindCoordinatorResponseData());
        broker.on(ApiKeys.FIND_COORDINATOR, (version, request) -> null);
        NettyUpstream upstream = upstream(settings(broker.address()));
        CompletableFuture<ApiMessage> unanswered = findCoordinator(upstream);
        Await.until("the request arrives", SOON, () -> broker.count(ApiKeys.FIND_COORDINATOR) == 1);

        upstream.close();

        assertThatThrownBy(() -> Await.result("an answer", SOON, unanswered)).isInstanceOf(DisconnectException.class);
        assertThatThrownBy(() -> Await.result("an answer", SOON, initProducerId(upstream, ANY)))
                .isInstanceOf(DisconnectException.class);
    }

    @Test
    void bothSidesProveThemselvesWithTls(@TempDir Path directory) throws Exception {
        SelfSignedKey brokerKey = SelfSignedKey.create(directory, "broker");
        SelfSignedKey proxyKey = SelfSignedKey.create(directory, "proxy");
        SslContext brokerSide = SslContextBuilder.forServer(brokerKey.identity())
                .trustManager(proxyKey.trust())
                .clientAuth(ClientAuth.REQUIRE)
                .build();
        SslContext proxySide = SslContextBuilder.forClient()
                .keyManager(proxyKey.identity())
                .trustManager(brokerKey.trust())
                .build();
        try (ScriptedBroker secure = new ScriptedBroker(brokerSide)) {
            secure.on(ApiKeys.INIT_PRODUCER_ID, (version, request) -> new InitProducerIdResponseData());
            NettyUpstream trusted = upstream(UpstreamSettings.defaults(
                    List.of(secure.address()),
                    "zone-a",
                    (host, port) -> proxySide.newEngine(ByteBufAllocator.DEFAULT, host, port)));
            NettyUpstream plain = upstream(settings(500, secure.address()));

            Await.result("an answer", SOON, initProducerId(trusted, ANY));
            assertThatThrownBy(() -> Await.result("an answer", SOON, initProducerId(plain, ANY)))
                    .isInstanceOf(RetriableException.class);
            trusted.close();
            plain.close();
        }
    }

    @Test
    void aBrokerThatStandsStillDoesNotHoldUpWhatAnotherCanAnswer() {
        try (ScriptedBroker near = new ScriptedBroker()) {
            near.on(ApiKeys.INIT_PRODUCER_ID, (version, request) -> null);
            NettyUpstream upstream = upstream(settings(near.address()));
            upstream.brokers(List.of(
                    new BrokerAddress(1, broker.address(), "zone-b"), new BrokerAddress(2, near.address(), "zone-a")));

            Await.result("an answer of the other", SOON, initProducerId(upstream, ANY));
            for (int i = 0; i < 20; i++) {
                Await.result("an answer", SOON, initProducerId(upstream, ANY));
            }

            assertThat(near.count(ApiKeys.INIT_PRODUCER_ID)).isEqualTo(1);
            assertThat(broker.count(ApiKeys.INIT_PRODUCER_ID)).isEqualTo(21);
            upstream.close();
        }
    }

    @Test
    void aThrottledClientDelaysNoOther() {
        broker.on(
                ApiKeys.FIND_COORDINATOR,
                (version, request) -> new FindCoordinatorResponseData().setThrottleTimeMs(60_000));
        NettyUpstream upstream = upstream(settings(broker.address()));
        for (int i = 0; i < 3; i++) {
            Await.result("an answer", SOON, initProducerId(upstream, ANY));
            FindCoordinatorRequestData request = new FindCoordinatorRequestData().setCoordinatorKeys(List.of("group"));
            Await.result(
                    "the throttled client's answer",
                    SOON,
                    upstream.send(ANY, ApiKeys.FIND_COORDINATOR, Upstream.NEWEST, "heavy-" + i, request));
            Await.result("an answer", SOON, initProducerId(upstream, ANY));
        }
        CompletableFuture<ApiMessage> muted = upstream.send(
                ANY,
                ApiKeys.INIT_PRODUCER_ID,
                Upstream.NEWEST,
                "heavy-1",
                new InitProducerIdRequestData().setTransactionalId("tx"));
        Await.result("the first on a connection of its own", SOON, muted);
        assertThat(metrics.counter("upstream.throttledClients").getCount()).isEqualTo(3);
        assertThat(metrics.counter("upstream.connections").getCount())
                .as("the shared one and one of a client's own: muted ones have ended")
                .isEqualTo(2);
        upstream.close();
    }

    @Test
    void clientsThatBrokersThrottleAreBounded() {
        broker.on(
                ApiKeys.FIND_COORDINATOR,
                (version, request) -> new FindCoordinatorResponseData().setThrottleTimeMs(60_000));
        NettyUpstream upstream = upstream(settings(broker.address()));
        for (int i = 0; i < SharedConnectionPool.MAX_THROTTLED_CLIENTS + 5; i++) {
            FindCoordinatorRequestData request = new FindCoordinatorRequestData().setCoordinatorKeys(List.of("group"));
            Await.result(
                    "an answer",
                    SOON,
                    upstream.send(ANY, ApiKeys.FIND_COORDINATOR, Upstream.NEWEST, "heavy-" + i, request));
        }
        assertThat(metrics.counter("upstream.throttledClients").getCount())
                .isEqualTo(SharedConnectionPool.MAX_THROTTLED_CLIENTS);
        upstream.close();
    }

    @Test
    void backOffGrowsToItsLimit() {
        UpstreamSettings.Backoff backoff = new UpstreamSettings.Backoff(50, 1_000);

        assertThat(backoff.delayMs(1, 0.5)).isEqualTo(50);
        assertThat(backoff.delayMs(2, 0.5)).isEqualTo(100);
        assertThat(backoff.delayMs(1_000_000, 0.5)).isEqualTo(1_000);
        assertThat(backoff.delayMs(3, 0)).isEqualTo(160);
        assertThat(backoff.delayMs(3, 1)).isEqualTo(240);
    }

    private NettyUpstream upstream(UpstreamSettings settings) {
        return new NettyUpstream(loop, settings, metrics, ClientMemory.of(1 << 20), new Random(1));
    }

    private static UpstreamSettings settings(InetSocketAddress... bootstrap) {
        return settings(30_000, bootstrap);
    }

    private static UpstreamSettings settings(int requestTimeoutMs, InetSocketAddress... bootstrap) {
        return new UpstreamSettings(
                List.of(bootstrap),
                "zone-a",
                1_000,
                requestTimeoutMs,
                new UpstreamSettings.Backoff(1, 2),
                100,
                1 << 20,
                null);
    }

    private static CompletableFuture<ApiMessage> initProducerId(Upstream upstream, Upstream.Target target) {
        return upstream.send(
                target,
                ApiKeys.INIT_PRODUCER_ID,
                Upstream.NEWEST,
                "the-client",
                new InitProducerIdRequestData().setTransactionalId("tx"));
    }

    private static CompletableFuture<ApiMessage> findCoordinator(Upstream upstream) {
        return upstream.send(
                ANY,
                ApiKeys.FIND_COORDINATOR,
                Upstream.NEWEST,
                "the-client",
                new FindCoordinatorRequestData().setCoordinatorKeys(List.of("group")));
    }

    private static ApiVersionsResponseData.ApiVersion version(ApiKeys api, int min, int max) {
        return new ApiVersionsResponseData.ApiVersion()
                .setApiKey(api.id)
                .setMinVersion((short) min)
                .setMaxVersion((short) max);
    }

    private static InetSocketAddress closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return InetSocketAddress.createUnresolved("127.0.0.1", socket.getLocalPort());
        }
    }
}
