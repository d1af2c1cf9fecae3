package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.LatencyModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches change between object store and direct path in the middle of a load, because the object store is moody. */
final class PathFlipIT {
    @TempDir
    Path directory;

    @Test
    void batchesThatFlipBetweenPathsStayExactAndInOrder() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")).withLatency(LatencyModel.parse("put=30ms~25ms")),
                Map.of(),
                ProxyPath.AUTO.proxySettings());
        try (InProcessCluster cluster = InProcessCluster.start(directory, options)) {
            Loads loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.endpoints());
            LoadPlan plan =
                    Loads.producing(Loads.lasting(Loads.plan(), Duration.ofSeconds(12)), Guarantee.IDEMPOTENT, "none");
            LoadRun run = loads.start(plan);
            while (!run.awaitProducers(Duration.ofMillis(900))) {
                cluster.s3().faults().unavailable(Duration.ofMillis(700));
                Ready.await(Duration.ofMillis(1600), () -> false);
            }
            LoadResult result = Loads.finish("flipping paths", run);
            assertThat(result.errors()).isEmpty();
            System.out.println("flipping paths: " + cluster.batches());
            assertThat(cluster.batches().link()).as("batches as links").isPositive();
            assertThat(cluster.batches().inline()).as("batches inline").isPositive();
        }
    }
}
