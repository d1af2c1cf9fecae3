package io.narrows.bench.cli;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.bench.restarts.ScaleTest;
import io.narrows.cli.demo.ScratchDirectory;
import io.narrows.cli.load.Rate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code narrows bench limits}. */
@Command(
        name = "limits",
        description =
                "Measures many partitions on three brokers with 1 GiB of heap each: start, metadata, load, failover and"
                        + " restarts. Reports file handles, memory and time (Linux).",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {"", "Example:", "  narrows bench limits --partitions 2000"})
final class LimitsCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--partitions", defaultValue = "2000", description = "Default ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(
            names = "--replicas",
            defaultValue = "3",
            description = "Replication factor, 1 to 3. With 1 no broker is stopped (default ${DEFAULT-VALUE}).")
    private int replicas;

    @Option(names = "--rate", paramLabel = "RATE", defaultValue = "3MB/s", description = "Default ${DEFAULT-VALUE}.")
    private Rate rate = Rate.UNLIMITED;

    @Option(names = "--duration", paramLabel = "TIME", defaultValue = "20s", description = "Default ${DEFAULT-VALUE}.")
    private Duration duration = Duration.ofSeconds(20);

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory for disks and logs of the cluster; it is kept.")
    private @Nullable Path directory;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (replicas < 1 || replicas > 3 || partitions < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--replicas must be 1 to 3 and --partitions at least 1, got " + replicas + " and " + partitions);
        }
        try (ScratchDirectory scratch = ScratchDirectory.of(directory);
                ProcessCluster cluster = ProcessCluster.start(
                        scratch.path(),
                        ProcessCluster.options(scratch.path()),
                        new Jvms("-Xmx1g", "-Xmx256m", scratch.path().resolve("logs")))) {
            boolean clean = new ScaleTest(cluster, spec.commandLine().getOut())
                    .run(new ScaleTest.Plan(partitions, replicas, rate, duration));
            return clean ? 0 : 1;
        }
    }
}
