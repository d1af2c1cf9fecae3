package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadPlan.Producers;
import io.narrows.cli.load.LoadPlan.Readers;
import io.narrows.cli.load.LoadPlan.Shape;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.Rate;
import io.narrows.cli.verify.Payload;
import io.narrows.s3server.EmbeddedS3Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever standard producers send through the proxies is read back exactly, with every batch staged. */
final class ExactDeliveryIT {
    @TempDir
    static Path directory;

    private static InProcessCluster cluster;
    private static Loads loads;

    @BeforeAll
    static void startCluster() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")), Map.of(), ProxyPath.STAGED.proxySettings());
        cluster = InProcessCluster.start(directory, options);
        loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.endpoints());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "IDEMPOTENT, none",
        "IDEMPOTENT, gzip",
        "IDEMPOTENT, zstd",
        "PLAIN, none",
        "PLAIN, snappy",
        "PLAIN, zstd",
        "TRANSACTIONAL, none",
        "TRANSACTIONAL, lz4"
    })
    void everyGuaranteeAndCodecIsExact(Guarantee guarantee, String compression) throws Exception {
        LoadPlan plan = Loads.producing(Loads.plan(), guarantee, compression);
        LoadResult result = loads.run(guarantee + " " + compression, plan);
        assertThat(result.errors()).isEmpty();
        assertThat(cluster.batches().link()).isPositive();
    }

    @Test
    void recordsOfOneMebibyteAreExact() throws Exception {
        LoadPlan plan = Loads.with(
                Loads.plan(), Rate.parse("10MB/s"), Duration.ofSeconds(3), 6, new Shape(1 << 20, Payload.RANDOM));
        plan = Loads.with(plan, p -> new Producers(1, 1 << 20, 10, "none", Guarantee.IDEMPOTENT, Map.of()));
        assertThat(loads.run("1 MiB records", plan).errors()).isEmpty();
    }

    @Test
    void onePartitionIsExactAndInOrderForAllItsProducers() throws Exception {
        LoadPlan plan =
                Loads.with(Loads.plan(), Rate.parse("6MB/s"), Duration.ofSeconds(3), 1, new Shape(1000, Payload.TEXT));
        plan = Loads.with(plan, p -> new Producers(4, p.batchBytes(), 5, "none", Guarantee.IDEMPOTENT, Map.of()));
        assertThat(loads.run("1 partition, 12 producers", plan).errors()).isEmpty();
    }

    @Test
    void twoHundredPartitionsAreExact() throws Exception {
        LoadPlan plan = Loads.with(
                Loads.plan(), Rate.parse("6MB/s"), Duration.ofSeconds(4), 200, new Shape(1000, Payload.TEXT));
        assertThat(loads.run("200 partitions", plan).errors()).isEmpty();
    }

    @Test
    @EnabledIfSystemProperty(named = "narrows.it.long", matches = "true")
    void oneThousandPartitionsAreExact() throws Exception {
        LoadPlan plan = Loads.with(
                Loads.plan(), Rate.parse("10MB/s"), Duration.ofSeconds(20), 1000, new Shape(1000, Payload.TEXT));
        assertThat(loads.run("1000 partitions", plan).errors()).isEmpty();
    }

    @Test
    void everyZoneReadsEverythingFromItsOwnZone() throws Exception {
        LoadPlan base = Loads.plan();
        LoadPlan plan = new LoadPlan(
                base.topic(),
                base.partitions(),
                base.runId(),
                base.rate(),
                base.duration(),
                base.shape(),
                base.producers(),
                new Readers(FanOut.EVERY_ZONE, Map.of()));
        LoadResult result = loads.run("every zone reads", plan);
        assertThat(result.verdict().consumed()).isEqualTo(3 * result.totals().acknowledged());
    }
}
