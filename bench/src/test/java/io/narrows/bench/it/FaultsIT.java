package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
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
        underLoad("S3 answers 503 for 10 s", 16, run -> cluster.s3().faults().unavailable(TEN_SECONDS));
    }

    @Test
    @Order(2)
    void theObjectStoreHangsForTenSeconds() throws Exception {
        underLoad("S3 hangs for 10 s", 16, run -> cluster.s3().faults().hang(TEN_SECONDS));
    }

    @Test
    @Order(3)
    void aProxyIsKilledAndStartsAgain() throws Exception {
        underLoad("proxy killed and restarted", 12, run -> {
            cluster.proxy(1).kill();
            cluster.restartProxy(1);
        });
    }

    @Test
    @Order(4)
    void aLeaderIsKilledAndComesBackWithItsDisk() throws Exception {
        underLoad("leader killed, back with its disk", 25, run -> {
            cluster.broker(1).kill();
            assertThat(run.awaitProducers(Duration.ofSeconds(8))).isFalse();
            cluster.restartBroker(1);
        });
    }

    /** Longer than the session timeout: the leader comes back as a zombie that does not know it was replaced. */
    @Test
    @Order(5)
    void aLeaderStandsStillLongerThanItsSession() throws Exception {
        underLoad("leader paused for 12 s", 22, run -> {
            cluster.broker(2).pause();
            assertThat(run.awaitProducers(Duration.ofSeconds(12))).isFalse();
            cluster.broker(2).resume();
        });
    }

    /** What happens to the cluster once the load flows. */
    private interface Fault {
        void happen(LoadRun run) throws Exception;
    }

    private static void underLoad(String what, int seconds, Fault fault) throws Exception {
        LoadRun run = loads.start(Loads.lasting(Loads.plan(), Duration.ofSeconds(seconds)));
        assertThat(run.awaitProducers(Duration.ofSeconds(3))).isFalse();
        fault.happen(run);
        assertNoProducerErrors(Loads.finish(what, run));
    }

    /** Readers may see that a broker is gone; producers retry without an error. */
    private static void assertNoProducerErrors(LoadResult result) {
        Set<Map.Entry<String, Long>> errors = result.errors().entrySet().stream()
                .filter(error -> !error.getKey().startsWith("consumer"))
                .collect(Collectors.toSet());
        assertThat(errors).isEmpty();
        assertThat(result.totals().uncertain()).isZero();
    }
}
