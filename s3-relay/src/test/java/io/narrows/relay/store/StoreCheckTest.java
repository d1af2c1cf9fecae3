package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.s3server.Operation;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a process says about its store, against a server that refuses, and how often it asks. */
@ExtendWith(LeakDetection.class)
final class StoreCheckTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Set<StoreOperation> BROKER =
            Set.of(StoreOperation.PUT, StoreOperation.GET, StoreOperation.LIST, StoreOperation.DELETE);

    @Test
    void aStoreThatWorksIsOneAndNothingIsLeftInIt() {
        try (EmbeddedS3Server server = server();
                S3ObjectStore store = store(server, "bucket")) {
            assertThat(problem(store, BROKER)).isEmpty();
            assertThat(Await.result("a listing", LIMIT, store.list("", "", 10)).objects())
                    .isEmpty();
        }
    }

    @Test
    void aProxyLeavesOneObjectHoweverOftenItStarts() {
        try (EmbeddedS3Server server = server();
                S3ObjectStore store = store(server, "bucket")) {
            server.faults().deny(Set.of(Operation.GET, Operation.LIST, Operation.DELETE));
            assertThat(problem(store, Set.of(StoreOperation.PUT))).isEmpty();
            assertThat(problem(store, Set.of(StoreOperation.PUT))).isEmpty();
            server.faults().clear();
            assertThat(Await.result("a listing", LIMIT, store.list("", "", 10)).objects())
                    .hasSize(1);
        }
    }

    @Test
    void aBrokerRemovesWhatOthersLeftLongAgo() {
        ManualLoop loop = new ManualLoop(1_000_000_000_000L);
        MemoryObjectStore store = new MemoryObjectStore(loop, (operation, key, bytes) -> Effect.delay(1));
        var unused = store.put("check/proxy-old", Unpooled.buffer().writeByte(1));
        minutes(loop, 61);
        unused = store.put("check/proxy-new", Unpooled.buffer().writeByte(1));
        minutes(loop, 1);
        StoreCheck check =
                new StoreCheck(store, new StoreMetrics(new MetricRegistry(), "store"), loop, "broker-1", BROKER);

        check.start();
        minutes(loop, 1);

        assertThat(check.problem()).isEmpty();
        var listed = store.list("", "", 10);
        minutes(loop, 1);
        assertThat(listed.join().objects()).extracting(ObjectInfo::key).containsExactly("check/proxy-new");
    }

    @Test
    void refusalsAreNamedWithWhatToDo() {
        assertThat(refusedBy(server -> server.faults().otherRegion("eu-west-3")))
                .contains("eu-west-3");
        assertThat(refusedBy(server -> server.faults().deny(Set.of(Operation.PUT))))
                .contains("s3:PutObject");
        assertThat(refusedBy(server -> server.faults().deny(Set.of(Operation.GET))))
                .contains("s3:GetObject");
        assertThat(refusedBy(server -> server.faults().deny(Set.of(Operation.LIST))))
                .contains("s3:ListBucket");
        assertThat(refusedBy(server -> server.faults().deny(Set.of(Operation.DELETE))))
                .contains("s3:DeleteObject");
        assertThat(refusedBy(server -> server.faults().acceptOnly(Set.of("other"))))
                .contains("credentials");
        try (EmbeddedS3Server server = server();
                S3ObjectStore store = store(server, "another")) {
            assertThat(problem(store, BROKER)).contains("the bucket does not exist");
        }
    }

    @Test
    void itIsRepeatedUntilItPassesAndAgainAfterFailuresOnly() {
        ManualLoop loop = new ManualLoop(0);
        StoreMetrics metrics = new StoreMetrics(new MetricRegistry(), "store");
        int[] puts = {0};
        boolean[] denied = {true};
        MemoryObjectStore store = new MemoryObjectStore(loop, (operation, key, bytes) -> {
            puts[0]++;
            return denied[0] ? Effect.fail(1, Kind.DENIED) : Effect.delay(1);
        });
        StoreCheck check = new StoreCheck(store, metrics, loop, "proxy-a", Set.of(StoreOperation.PUT));
        check.start();
        minutes(loop, 10);
        assertThat(check.problem()).isNotEmpty();
        assertThat(puts[0]).isBetween(10, 16);

        denied[0] = false;
        minutes(loop, 1);
        assertThat(check.problem()).isEmpty();
        int passed = puts[0];
        minutes(loop, 60);
        assertThat(puts[0]).isEqualTo(passed);

        denied[0] = true;
        var unused = metrics.timed(
                StoreOperation.PUT, store.put("wal/k", Unpooled.buffer().writeByte(1)));
        minutes(loop, 1);
        assertThat(check.problem()).isNotEmpty();
        check.stop();
        minutes(loop, 1);
        int stopped = puts[0];
        minutes(loop, 10);
        assertThat(puts[0]).isEqualTo(stopped);
    }

    private static void minutes(ManualLoop loop, int count) {
        for (int second = 0; second < 60 * count; second++) {
            loop.advance(TimeUnit.SECONDS.toNanos(1));
        }
    }

    private static String refusedBy(Consumer<EmbeddedS3Server> fault) {
        try (EmbeddedS3Server server = server();
                S3ObjectStore store = store(server, "bucket")) {
            fault.accept(server);
            return problem(store, BROKER);
        }
    }

    private static String problem(ObjectStore store, Set<StoreOperation> needed) {
        DefaultEventExecutor executor = new DefaultEventExecutor();
        try {
            StoreCheck check = new StoreCheck(
                    store, new StoreMetrics(new MetricRegistry(), "store"), new NettyLoop(executor), "proxy-a", needed);
            String before = check.problem();
            check.start();
            Await.until("the first result", LIMIT, () -> !check.problem().equals(before));
            check.stop();
            return check.problem();
        } finally {
            var unused = executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static EmbeddedS3Server server() {
        EmbeddedS3Server server = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
        server.createBucket("bucket");
        return server;
    }

    private static S3ObjectStore store(EmbeddedS3Server server, String bucket) {
        return S3ObjectStore.open(
                S3Settings.at(server.endpoint(), bucket, new S3Settings.Credentials("a", "s")),
                new StoreMetrics(new MetricRegistry(), "store"));
    }
}
