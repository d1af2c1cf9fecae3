package io.narrows.bench.cli;

import io.narrows.bench.cluster.ProxyPath;
import io.narrows.bench.demo.Demo;
import io.narrows.bench.demo.DemoFigures;
import io.narrows.bench.demo.DemoOptions;
import io.narrows.s3server.LatencyModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows demo}. */
@Command(
        name = "demo",
        description = "Runs a whole three-zone cluster in this process, loads it, checks every record that is read"
                + " back, and shows what crossed zones and what it would cost.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows demo",
            "  narrows demo --path staged --s3-latency put=60ms,get=20ms --json result.json",
            "  narrows demo --rate 100r/s --record-size 1KiB       a trickle, which stays inline",
            "  narrows demo --rate max --partitions 200 --compression lz4 --payload text",
            "  narrows demo --transactions --read every_zone",
            "",
            "Exit code: 0 when every check held, 1 when one did not."
        })
final class DemoCommand implements Callable<Integer> {
    private static final int RUN_ID = 0x4e617272;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private LoadOptions load = new LoadOptions();

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            defaultValue = "5s",
            description = "The same load on another topic before anything is counted, so that the figures are not those"
                    + " of a virtual machine that compiles; 0s for none (default ${DEFAULT-VALUE}).")
    private Duration warmUp = Duration.ofSeconds(5);

    @Option(
            names = "--path",
            paramLabel = "PATH",
            defaultValue = "AUTO",
            description = "How batches go from zone to zone: auto (by price), staged (object store), direct"
                    + " (default auto).")
    private ProxyPath path = ProxyPath.AUTO;

    @Option(
            names = "--s3-latency",
            paramLabel = "MODEL",
            defaultValue = "",
            description = "Time the object store takes, for example put=60ms,get=20ms or put=60ms~20ms (jitter);"
                    + " none by default.")
    private LatencyModel s3Latency = LatencyModel.NONE;

    @Option(
            names = "--prices",
            paramLabel = "BOOK",
            defaultValue = "aws-us-east-1",
            description = "Price book: aws-us-east-1, gcp, azure or a properties file (default ${DEFAULT-VALUE}).")
    private String prices = "aws-us-east-1";

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the result as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Keep logs and objects here, for narrows inspect; a temporary directory otherwise.")
    private @Nullable Path directory;

    @Override
    public Integer call() throws Exception {
        DemoOptions options =
                new DemoOptions(load.plan("demo", 3, RUN_ID), warmUp, path, s3Latency, prices, json, directory);
        DemoFigures figures = new Demo(options, spec.commandLine().getOut()).run();
        return figures.load().isClean() ? 0 : 1;
    }
}
