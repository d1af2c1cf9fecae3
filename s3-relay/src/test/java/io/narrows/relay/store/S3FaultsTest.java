package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.relay.store.S3Settings.Limits;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.s3server.Operation;
import io.narrows.testing.Await;
import io.narrows.testing.FaultyLink;
import io.narrows.testing.LeakDetection;
import io.narrows.testing.NetworkFaults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The S3 store when the network or the server fails: bounded, typed, exactly one release of every body. */
@ExtendWith(LeakDetection.class)
final class S3FaultsTest {
    private static final String AVAILABLE = "io.narrows.testing.NetworkFaults#available";
    private static final Limits TIGHT =
            new Limits(16, Duration.ofMillis(1_500), Duration.ofMillis(1_500), Duration.ofMillis(4_000), 2);
    /** A call's limit and room for a busy machine. */
    private static final Duration BOUNDED = Duration.ofSeconds(20);

    private final EmbeddedS3Server server = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
    private final StoreMetrics metrics = new StoreMetrics(new MetricRegistry(), "store");
    private final List<ByteBuf> bodies = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    S3FaultsTest() {
        server.createBucket("bucket");
    }

    @AfterEach
    void everyBodyIsReleasedOnce() throws Exception {
        Await.until("release of all bodies", BOUNDED, () -> bodies.stream().allMatch(body -> body.refCnt() == 0));
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
        server.close();
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void resetConnectionsFailTypedAndWorkAgainAfterwards(NetworkFaults faults) {
        FaultyLink link = link(faults);
        S3ObjectStore store = store(endpoint(link));
        put(store, "before");

        link.reset();

        failsUnavailable(store.put("during", body()));
        failsUnavailable(store.get("before", 0, 1_000));
        assertThat(metrics.attempts(StoreOperation.GET)).isEqualTo(1 + 3);
        assertThat(metrics.retries(StoreOperation.GET)).isEqualTo(3);
        link.restore();
        put(store, "after");
        get(store, "before");
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void hangingNetworkEndsWithinTheCallTimeout(NetworkFaults faults) {
        FaultyLink link = link(faults);
        S3ObjectStore store = store(endpoint(link));
        put(store, "before");

        link.freeze();

        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            calls.add(store.put("during" + i, body()));
            calls.add(store.get("before", 0, 1_000_000));
        }
        calls.forEach(S3FaultsTest::failsUnavailable);
        link.restore();
        put(store, "after");
        get(store, "before");
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void connectionsClosedWhileIdleAreReplaced(NetworkFaults faults) {
        FaultyLink link = link(faults);
        S3ObjectStore store = store(endpoint(link));
        put(store, "before");

        link.disconnect();

        put(store, "after");
        get(store, "before");
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void refusedConnectionsFailUnavailable(NetworkFaults faults) {
        FaultyLink link = link(faults);
        S3ObjectStore store = store(endpoint(link));
        link.refuse();

        failsUnavailable(store.put("k", body()));
        failsUnavailable(store.get("k", 0, 1));
        link.restore();
        put(store, "k");
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void slowNetworkTimesOutLargeTransfersOnly(NetworkFaults faults) {
        FaultyLink link = link(faults);
        S3ObjectStore store = store(endpoint(link));
        put(store, "before");
        link.bandwidth(200_000);

        failsUnavailable(store.put("large", body()));
        failsUnavailable(store.get("before", 0, 1_000_000));
        link.restore();
        link.latency(Duration.ofMillis(20));
        put(store, "after");
        get(store, "before");
    }

    @Test
    void aThrottlingServerIsAskedAsOftenAsConfiguredWithPausesInBetween() {
        S3ObjectStore store = store(server.endpoint());
        put(store, "before");
        server.faults().unavailable(Duration.ofHours(1));
        long puts = server.counters().requests(Operation.PUT);
        long gets = server.counters().requests(Operation.GET);
        long attempts = metrics.attempts(StoreOperation.PUT);

        fails(Kind.THROTTLED, store.put("k", body()));
        fails(Kind.THROTTLED, store.get("before", 0, 10));

        assertThat(server.counters().requests(Operation.PUT) - puts).isEqualTo(3);
        assertThat(server.counters().requests(Operation.GET) - gets).isEqualTo(3);
        assertThat(metrics.attempts(StoreOperation.PUT) - attempts).isEqualTo(3);
        assertThat(metrics.retries(StoreOperation.PUT)).isEqualTo(2);
        assertThat(metrics.failures(Kind.THROTTLED)).isEqualTo(2);
        server.faults().clear();
        put(store, "k");
    }

    @Test
    void aStoreThatGoesOnThrottlingGetsOneRequestPerCall() {
        S3ObjectStore store = store(server.endpoint());
        put(store, "before");
        server.faults().unavailable(Duration.ofHours(1));
        // Retries have a budget, which all calls share.
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            calls.add(store.get("before", 0, 10));
        }
        calls.forEach(call -> fails(Kind.THROTTLED, call));
        long gets = server.counters().requests(Operation.GET);

        for (int i = 0; i < 20; i++) {
            fails(Kind.THROTTLED, store.get("before", 0, 10));
        }

        assertThat(server.counters().requests(Operation.GET) - gets).isEqualTo(20);
    }

    @Test
    void gettingAndPuttingGoTheShortWayAndErrorsTheLongOne() {
        S3ObjectStore store = store(server.endpoint());
        put(store, "before");
        get(store, "before");
        long gets = server.counters().requests(Operation.GET);

        get(store, "before");

        assertThat(server.counters().requests(Operation.GET) - gets).isEqualTo(1);
        assertThat(metrics.attempts(StoreOperation.GET)).isEqualTo(2);
        server.faults().deny(Set.of(Operation.GET, Operation.PUT));
        fails(Kind.DENIED, store.get("before", 0, 10));
        assertThat(metrics.attempts(StoreOperation.GET)).isEqualTo(2 + 1 + 1);
        assertThat(metrics.retries(StoreOperation.GET)).isEqualTo(1);
        fails(Kind.DENIED, store.put("during", body()));
        server.faults().clear();
        put(store, "again");
        long requests = server.counters().requests(Operation.PUT);
        put(store, "after");
        assertThat(server.counters().requests(Operation.PUT) - requests).isEqualTo(1);
        ObjectStoreContract.assertKind(Kind.INVALID, store.get("before", 1_999_999, 10));
    }

    @Test
    void anObjectThatIsGoneIsAskedForOnce() {
        S3ObjectStore store = store(server.endpoint());
        put(store, "before");
        long gets = server.counters().requests(Operation.GET);

        ObjectStoreContract.assertKind(Kind.NOT_FOUND, store.get("missing", 0, 10));

        assertThat(server.counters().requests(Operation.GET) - gets).isEqualTo(1);
        assertThat(metrics.attempts(StoreOperation.GET)).isEqualTo(1);
        assertThat(metrics.retries(StoreOperation.GET)).isZero();
        assertThat(metrics.failures(Kind.NOT_FOUND)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource(AVAILABLE)
    void getsOnTheShortWayEndWithinTheCallTimeoutToo(NetworkFaults faults) {
        FaultyLink link = link(faults);
        S3ObjectStore store = store(endpoint(link));
        put(store, "before");
        get(store, "before");

        link.freeze();
        CompletableFuture<ByteBuf> hanging = store.get("before", 0, 1_000_000);
        failsUnavailable(hanging);
        link.restore();
        get(store, "before");

        link.reset();
        failsUnavailable(store.get("before", 0, 1_000));
        link.restore();
        get(store, "before");
    }

    @Test
    void passingErrorsAreHiddenByRetries() {
        S3ObjectStore store = store(server.endpoint());
        server.faults().unavailableWithProbability(0.2);

        int succeeded = 0;
        for (int i = 0; i < 40; i++) {
            succeeded += endsWell(store.put("k" + i, body())) ? 1 : 0;
        }

        assertThat(succeeded).isGreaterThan(32);
        assertThat(metrics.attempts(StoreOperation.PUT)).isGreaterThan(40);
    }

    @Test
    void hangingServerIsRetriedWithTheSameBytes() {
        S3ObjectStore store = store(server.endpoint());
        put(store, "before");
        server.faults().hang(Duration.ofMillis(2_000));

        put(store, "during");

        get(store, "during");
        assertThat(metrics.attempts(StoreOperation.PUT)).isGreaterThan(2);
    }

    @Test
    void closedStoreFailsWhatIsUnderWay() {
        S3ObjectStore store = store(server.endpoint());
        put(store, "before");
        server.faults().hang(Duration.ofSeconds(30));
        CompletableFuture<Void> put = store.put("k", body());
        CompletableFuture<ByteBuf> get = store.get("before", 0, 10);

        store.close();

        failsUnavailable(put);
        failsUnavailable(get);
        failsUnavailable(store.put("late", body()));
        failsUnavailable(store.get("before", 0, 10));
    }

    private FaultyLink link(NetworkFaults faults) {
        URI endpoint = server.endpoint();
        FaultyLink link = faults.link(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()));
        open.add(0, link);
        return link;
    }

    private S3ObjectStore store(URI endpoint) {
        S3Settings settings = S3Settings.at(endpoint, "bucket", new S3Settings.Credentials("a", "s"));
        S3ObjectStore store = S3ObjectStore.open(settings.withLimits(TIGHT), metrics);
        open.add(0, store);
        return store;
    }

    private static URI endpoint(FaultyLink link) {
        return URI.create("http://" + link.address().getAddress().getHostAddress() + ":"
                + link.address().getPort());
    }

    private ByteBuf body() {
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(2_000_000);
        body.writeBytes(ObjectStoreContract.random(2_000_000));
        bodies.add(body);
        return body;
    }

    private void put(S3ObjectStore store, String key) {
        Await.result("put of " + key, BOUNDED, store.put(key, body()).thenApply(done -> true));
    }

    private static void get(S3ObjectStore store, String key) {
        ByteBuf bytes = Await.result("get of " + key, BOUNDED, store.get(key, 0, 2_000_000));
        byte[] read = new byte[2_000_000];
        bytes.readBytes(read).release();
        assertThat(read).isEqualTo(ObjectStoreContract.random(2_000_000));
    }

    private static void failsUnavailable(CompletableFuture<?> future) {
        fails(Kind.UNAVAILABLE, future);
    }

    private static void fails(Kind kind, CompletableFuture<?> future) {
        ObjectStoreContract.assertKind(kind, future);
    }

    private static boolean endsWell(CompletableFuture<Void> put) {
        try {
            return Await.result("put", BOUNDED, put.thenApply(done -> true));
        } catch (ObjectStoreException e) {
            return false;
        }
    }
}
