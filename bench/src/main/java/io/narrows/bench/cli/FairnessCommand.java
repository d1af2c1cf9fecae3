package io.narrows.bench.cli;

import io.narrows.bench.fairness.FairnessBench;
import io.narrows.bench.fairness.FairnessPlan;
import io.narrows.bench.fairness.FairnessResult;
import io.narrows.bench.passthrough.Way;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.demo.ScratchDirectory;
import io.narrows.cli.load.Rate;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.LatencyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench fairness}. */
@Command(
        name = "fairness",
        description =
                "Measures a low-rate client alone, and then next to producers and consumers that saturate the same proxy."
                        + " Reports its latency of acknowledgement, fetch and read. Three zones as processes on this machine.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows bench fairness --json fairness.json",
            "  narrows bench fairness --big 8 --proxy client.max.outstanding.bytes=134217728",
            "",
            "Exit code: 0 when nothing of the small client's records was lost, doubled, reordered or changed."
        })
final class FairnessCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--way",
            paramLabel = "WAY",
            description = "PROXY, DIRECT (at the brokers, for comparison); repeatable, default: both.")
    private List<Way> ways = List.of(Way.values());

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "10s",
            description = "Duration of each measurement, per kind of neighbours (default ${DEFAULT-VALUE}).")
    private Duration duration = Duration.ofSeconds(10);

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            defaultValue = "100KB/s",
            description = "Rate of the low-rate client, in records of 1 KiB (default ${DEFAULT-VALUE}).")
    private Rate rate = Rate.UNLIMITED;

    @Option(
            names = "--big",
            paramLabel = "COUNT",
            defaultValue = "4",
            description = "Number of producers, and of consumers, without a rate limit (default ${DEFAULT-VALUE}).")
    private int big = 4;

    @Option(
            names = "--s3-latency",
            paramLabel = "LATENCY",
            defaultValue = "put=60ms,get=20ms",
            description = "Latency of the object store, as for narrows demo (default ${DEFAULT-VALUE}).")
    private LatencyModel s3Latency = LatencyModel.NONE;

    @Option(names = "--proxy", paramLabel = "KEY=VALUE", description = "A setting of the proxies; repeatable.")
    private Map<String, String> proxy = Map.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (ScratchDirectory scratch = ScratchDirectory.of(null)) {
            ClusterOptions options = new ClusterOptions(
                    EmbeddedS3Config.inDirectory(scratch.path().resolve("s3")).withLatency(s3Latency), Map.of(), proxy);
            FairnessResult result =
                    new FairnessBench(new FairnessPlan(ways, duration, rate, big)).run(scratch.path(), options);
            spec.commandLine().getOut().print(result.table());
            spec.commandLine().getOut().flush();
            if (json != null) {
                Path written = Files.writeString(json, result.json());
                spec.commandLine().getOut().println("Figures: " + written);
            }
            return result.isExact() ? 0 : 1;
        }
    }
}
