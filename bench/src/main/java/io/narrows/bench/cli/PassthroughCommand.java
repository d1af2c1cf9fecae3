package io.narrows.bench.cli;

import io.narrows.bench.passthrough.PassthroughBench;
import io.narrows.bench.passthrough.PassthroughPlan;
import io.narrows.bench.passthrough.PassthroughResult;
import io.narrows.cli.demo.ScratchDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench passthrough}. */
@Command(
        name = "passthrough",
        description = "Measures the overhead of a proxy: the same consumer and producer use the broker and the proxy of"
                + " their zone in turn, in one cluster. Reports throughput, latency and the CPU of the proxy.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows bench passthrough --reading 10s --rounds 5 --json passthrough.json",
            "  narrows bench passthrough --proxy advertised.nodes=1"
        })
final class PassthroughCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--megabytes",
            paramLabel = "N",
            defaultValue = "300",
            description = "Data that is written once and that consumers read repeatedly (default ${DEFAULT-VALUE}).")
    private int megabytes;

    @Option(
            names = "--reading",
            paramLabel = "TIME",
            defaultValue = "3s",
            description = "Duration of a consumer's reads, per round and path (default ${DEFAULT-VALUE}).")
    private Duration reading = Duration.ofSeconds(3);

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "3",
            description = "Partitions of the topic, all led by one broker (default ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(
            names = "--record-size",
            paramLabel = "BYTES",
            defaultValue = "1024",
            description = "Default ${DEFAULT-VALUE}.")
    private int recordBytes;

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Records that are timed one by one, per round and path (default ${DEFAULT-VALUE}).")
    private int requests;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "Default ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--proxy", paramLabel = "KEY=VALUE", description = "A setting of the proxies; repeatable.")
    private Map<String, String> proxy = Map.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures as JSON.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        if (megabytes < 1 || partitions < 1 || recordBytes < 1 || requests < 1 || rounds < 1) {
            throw new IllegalArgumentException("the numbers of records, partitions and rounds must be > 0");
        }
        try (ScratchDirectory scratch = ScratchDirectory.of(null)) {
            PassthroughResult result = new PassthroughBench(new PassthroughPlan(
                            megabytes, reading.toMillis(), partitions, recordBytes, requests, rounds, proxy))
                    .run(scratch.path());
            spec.commandLine().getOut().print(result.table());
            spec.commandLine().getOut().flush();
            if (json != null) {
                Path written = Files.writeString(json, result.json());
                spec.commandLine().getOut().println("Figures: " + written);
            }
        }
        return 0;
    }
}
