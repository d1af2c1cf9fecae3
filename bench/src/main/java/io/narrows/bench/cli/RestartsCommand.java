package io.narrows.bench.cli;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.bench.restarts.CaseResult;
import io.narrows.bench.restarts.RestartCase;
import io.narrows.bench.restarts.Restarts;
import io.narrows.bench.restarts.RestartsTable;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.demo.ScratchDirectory;
import io.narrows.cli.load.Rate;
import java.io.IOException;
import java.io.PrintWriter;
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

/** {@code narrows bench restarts}. */
@Command(
        name = "restarts",
        description = "Restarts and kills brokers under load, deletes their disks, and moves replicas. Reports lost and"
                + " duplicated records, and the longest time without acknowledgement of each partition.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Cases: clean_restart, sigkill, lost_disk, all_down, move, rolling.",
            "",
            "Examples:",
            "  narrows bench restarts",
            "  narrows bench restarts --case lost_disk --case move --duration 1m --rate 10MB/s",
            "",
            "Exit code: 0 when nothing was lost, doubled, reordered or changed."
        })
final class RestartsCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--case", paramLabel = "CASE", description = "One or more cases (default: all).")
    private List<RestartCase> cases = List.of(RestartCase.values());

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "30s",
            description = "Duration of the load of each case (default ${DEFAULT-VALUE}).")
    private Duration duration = Duration.ofSeconds(30);

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            defaultValue = "3MB/s",
            description = "Rate of the load (default ${DEFAULT-VALUE}).")
    private Rate rate = Rate.UNLIMITED;

    @Option(
            names = "--broker-config",
            paramLabel = "KEY=VALUE",
            description = "A broker setting, for example broker.session.timeout.ms=4000; repeatable.")
    private Map<String, String> brokerSettings = Map.of();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory for disks and logs of the cluster; it is kept.")
    private @Nullable Path directory;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        boolean clean = true;
        try (ScratchDirectory scratch = ScratchDirectory.of(directory);
                ProcessCluster cluster = ProcessCluster.start(
                        scratch.path(),
                        new ClusterOptions(
                                ProcessCluster.options(scratch.path()).s3(), brokerSettings, Map.of()),
                        Jvms.small(scratch.path().resolve("logs")))) {
            Restarts restarts = new Restarts(cluster, scratch.path(), rate, duration);
            out.println(RestartsTable.head());
            out.flush();
            for (RestartCase each : cases) {
                CaseResult result = restarts.run(each);
                out.println(RestartsTable.line(result));
                out.flush();
                clean &= result.isClean();
            }
        }
        return clean ? 0 : 1;
    }
}
