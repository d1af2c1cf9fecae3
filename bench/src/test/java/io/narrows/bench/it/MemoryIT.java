package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.cli.cluster.ClusterOptions;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proxy in 256 MiB and a broker in 512 MiB of heap, at as near to 50 MB/s as the machine gives. */
final class MemoryIT {
    /** Heap, the stated bound off the heap (buffer.memory), code, threads and the allocator's slack. */
    private static final long PROXY_RESIDENT_BOUND = (256L + 128 + 384) << 20;

    @TempDir
    Path directory;

    @Test
    void smallHeapsAreEnoughAtFullSpeed() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")),
                ProxyPath.STAGED.brokerSettings(),
                ProxyPath.STAGED.proxySettings());
        try (ProcessCluster cluster =
                ProcessCluster.start(directory, options, Jvms.small(Path.of("target", "it-logs", "memory")))) {
            Loads loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.endpoints());
            LoadPlan plan = Loads.with(
                    Loads.plan(), Rate.parse("50MB/s"), Duration.ofSeconds(15), 12, new Shape(8192, Payload.RANDOM));
            plan = Loads.with(
                    plan,
                    p -> new Producers(
                            1, 256 << 10, 20, "none", Guarantee.IDEMPOTENT, Map.of("buffer.memory", "33554432")));
            LoadResult result = loads.run("small heaps", plan);
            assertThat(result.totals().uncertain()).isZero();
            for (int zone = 0; zone < 3; zone++) {
                assertThat(cluster.proxy(zone).isAlive()).as("proxy " + zone).isTrue();
                assertThat(cluster.broker(zone).isAlive()).as("broker " + zone).isTrue();
                long resident = residentBytes(cluster.proxy(zone).pid());
                System.out.printf(
                        "small heaps: zone %d, resident proxy %d MiB, broker %d MiB%n",
                        zone, resident >> 20, residentBytes(cluster.broker(zone).pid()) >> 20);
                assertThat(resident).as("resident bytes of proxy " + zone).isLessThan(PROXY_RESIDENT_BOUND);
            }
        }
    }

    /** All load through one proxy without readers, which is how a small machine gets a proxy to 50 MB/s. */
    @Test
    void oneProxyTakesTheWholeLoadInASmallHeap() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")),
                ProxyPath.STAGED.brokerSettings(),
                ProxyPath.STAGED.proxySettings());
        try (ProcessCluster cluster =
                ProcessCluster.start(directory, options, Jvms.small(Path.of("target", "it-logs", "memory-one")))) {
            Loads loads = new Loads(
                    cluster.layout().brokerBootstrap(0), cluster.endpoints().subList(0, 1));
            LoadPlan base = Loads.plan();
            LoadPlan plan = new LoadPlan(
                    base.topic(),
                    12,
                    base.runId(),
                    Rate.parse("max"),
                    Duration.ofSeconds(15),
                    new Shape(64 << 10, Payload.RANDOM),
                    new Producers(2, 1 << 20, 20, "none", Guarantee.IDEMPOTENT, Map.of()),
                    new Readers(FanOut.NONE, Map.of()));
            LoadResult result = loads.run("one proxy, small heap", plan);
            assertThat(result.totals().uncertain()).isZero();
            assertThat(cluster.proxy(0).isAlive()).isTrue();
            long resident = residentBytes(cluster.proxy(0).pid());
            System.out.printf(
                    "one proxy, small heap: %.1f MB/s, resident %d MiB%n",
                    result.totals().bytes() / 1e3 / result.elapsed().toMillis(), resident >> 20);
            assertThat(resident).as("resident bytes of the proxy").isLessThan(PROXY_RESIDENT_BOUND);
        }
    }

    /** Peak resident set as the kernel knows it; 0 where there is no /proc. */
    private static long residentBytes(long pid) throws IOException {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        return 0;
    }
}
