package io.narrows.bench.cli;

import io.narrows.bench.history.HistoryBench;
import io.narrows.cli.ByteSize;
import io.narrows.cli.demo.ScratchDirectory;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadPlan.Producers;
import io.narrows.cli.load.LoadPlan.Readers;
import io.narrows.cli.load.LoadPlan.Shape;
import io.narrows.cli.load.Rate;
import io.narrows.cli.verify.Payload;
import io.narrows.s3server.LatencyModel;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench history}. */
@Command(
        name = "history",
        description =
                "Measures reads of history from the beginning: Narrows and Kafka's tiered storage with a file per segment,"
                        + " on the same S3 server. Then measures the tail of Narrows with and without catch-up readers.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class BenchHistoryCommand implements Callable<Integer> {
    private static final int RUN_ID = 0x68697374;
    private static final int RECORD_BYTES = 4000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--write",
            paramLabel = "TIME",
            defaultValue = "20s",
            description = "Duration of the writes (default ${DEFAULT-VALUE}).")
    private Duration write = Duration.ofSeconds(20);

    @Option(
            names = "--write-rate",
            paramLabel = "RATE",
            defaultValue = "30MB/s",
            description = "Rate of the writes (default ${DEFAULT-VALUE}).")
    private Rate writeRate = Rate.UNLIMITED;

    @Option(
            names = "--segment-bytes",
            paramLabel = "SIZE",
            defaultValue = "32MiB",
            description = "segment.bytes of the topic (default ${DEFAULT-VALUE}).")
    private ByteSize segmentBytes = new ByteSize(32 << 20);

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Number of reads of each system's history (default ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--catch-up-readers",
            paramLabel = "N",
            defaultValue = "10",
            description = "Readers of history while the tail is loaded (default ${DEFAULT-VALUE}).")
    private int catchUpReaders;

    @Option(
            names = "--catch-up-rate",
            paramLabel = "RATE",
            defaultValue = "max",
            description = "Rate of all catch-up readers together, or max for no limit" + " (default ${DEFAULT-VALUE}).")
    private Rate catchUpRate = Rate.UNLIMITED;

    @Option(
            names = "--tail-rate",
            paramLabel = "RATE",
            defaultValue = "3MB/s",
            description = "Rate at the tail (default ${DEFAULT-VALUE}).")
    private Rate tailRate = Rate.UNLIMITED;

    @Option(
            names = "--tail",
            paramLabel = "TIME",
            defaultValue = "20s",
            description = "Duration of each load at the tail (default ${DEFAULT-VALUE}).")
    private Duration tail = Duration.ofSeconds(20);

    @Option(
            names = "--s3-latency",
            paramLabel = "MODEL",
            defaultValue = "put=30ms,get=15ms",
            description = "Latency of the object store, as for narrows demo (default ${DEFAULT-VALUE}).")
    private LatencyModel s3Latency = LatencyModel.NONE;

    @Override
    public Integer call() throws Exception {
        HistoryBench.Options options = new HistoryBench.Options(
                plan(writeRate, write, FanOut.NONE),
                plan(tailRate, tail, FanOut.SHARED),
                segmentBytes.bytes(),
                rounds,
                new HistoryBench.CatchUp(catchUpReaders, catchUpRate.bytesPerSecond(RECORD_BYTES)),
                s3Latency);
        PrintWriter out = spec.commandLine().getOut();
        try (ScratchDirectory scratch = ScratchDirectory.of(null)) {
            HistoryBench.Result result = new HistoryBench(options, out).run(scratch.path());
            double baseline = result.best(HistoryBench.BASELINE);
            double narrows = result.best(HistoryBench.NARROWS);
            out.println(String.format(
                    Locale.ROOT,
                    "Best of %d: %s %.1f MB/s, %s %.1f MB/s, %.2f times",
                    rounds,
                    HistoryBench.BASELINE,
                    baseline,
                    HistoryBench.NARROWS,
                    narrows,
                    narrows / baseline));
            out.flush();
            return 0;
        }
    }

    private static LoadPlan plan(Rate rate, Duration duration, FanOut readers) {
        int recordBytes = RECORD_BYTES;
        int batchBytes = 128 << 10;
        return new LoadPlan(
                "planned",
                6,
                RUN_ID,
                rate,
                duration,
                new Shape(recordBytes, Payload.RANDOM),
                new Producers(
                        1,
                        batchBytes,
                        LoadPlan.lingerFor(rate, recordBytes, batchBytes, 3),
                        "none",
                        Guarantee.IDEMPOTENT,
                        Map.of()),
                new Readers(readers, Map.of()));
    }
}
