package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.bench.load.LoadPlan;
import io.narrows.bench.load.LoadResult;
import io.narrows.bench.load.LoadRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults in the middle of a load, with brokers and proxies as processes of their own: nothing is lost, doubled or
 * reordered, and producers see no error.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FaultsIT {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    @TempDir
    static Path directory;

    private static ProcessCluster cluster;
    private static Loads loads;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = ProcessCluster.start(
                directory, ProcessCluster.options(directory), Jvms.small(Path.of("target", "it-logs", "faults")));
        loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.endpoints());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Test
    @Order(1)
    void theObjectStoreAnswers503ForTenSeconds() throws Exception {
        LoadRun run = loads.start(plan(16));
        assertThat(run.awaitProducers(Duration.ofSeconds(3))).isFalse();
        cluster.s3().faults().unavailable(TEN_SECONDS);
        LoadResult result = Loads.finish("S3 answers 503 for 10 s", run);
        assertNoProducerErrors(result);
    }

    @Test
    @Order(2)
    void theObjectStoreHangsForTenSeconds() throws Exception {
        LoadRun run = loads.start(plan(16));
        assertThat(run.awaitProducers(Duration.ofSeconds(3))).isFalse();
        cluster.s3().faults().hang(TEN_SECONDS);
        LoadResult result = Loads.finish("S3 hangs for 10 s", run);
        assertNoProducerErrors(result);
    }

    @Test
    @Order(3)
    void aProxyIsKilledAndStartsAgain() throws Exception {
        LoadRun run = loads.start(plan(12));
        assertThat(run.awaitProducers(Duration.ofSeconds(3))).isFalse();
        cluster.proxy(1).kill();
        cluster.restartProxy(1);
        LoadResult result = Loads.finish("proxy killed and restarted", run);
        assertNoProducerErrors(result);
    }

    @Test
    @Order(4)
    void aLeaderIsKilledAndComesBackWithItsDisk() throws Exception {
        LoadRun run = loads.start(plan(25));
        assertThat(run.awaitProducers(Duration.ofSeconds(3))).isFalse();
        cluster.broker(1).kill();
        assertThat(run.awaitProducers(Duration.ofSeconds(8))).isFalse();
        cluster.restartBroker(1);
        LoadResult result = Loads.finish("leader killed, back with its disk", run);
        assertNoProducerErrors(result);
    }

    /** Longer than the session timeout: the leader comes back as a zombie that does not know it was replaced. */
    @Test
    @Order(5)
    void aLeaderStandsStillLongerThanItsSession() throws Exception {
        LoadRun run = loads.start(plan(22));
        assertThat(run.awaitProducers(Duration.ofSeconds(3))).isFalse();
        cluster.broker(2).pause();
        assertThat(run.awaitProducers(Duration.ofSeconds(12))).isFalse();
        cluster.broker(2).resume();
        LoadResult result = Loads.finish("leader paused for 12 s", run);
        assertNoProducerErrors(result);
    }

    private static LoadPlan plan(int seconds) {
        return Loads.lasting(Loads.plan(), Duration.ofSeconds(seconds));
    }

    /** Readers may see that a broker is gone; producers retry without telling anybody. */
    private static void assertNoProducerErrors(LoadResult result) {
        Set<Map.Entry<String, Long>> errors = result.errors().entrySet().stream()
                .filter(error -> !error.getKey().startsWith("consumer"))
                .collect(Collectors.toSet());
        assertThat(errors).isEmpty();
        assertThat(result.totals().uncertain()).isZero();
    }
}
