package io.narrows.cli;

import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.s3server.LatencyModel;
import io.narrows.s3server.S3Counters;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows s3}: the embedded S3 server as a process. */
@Command(
        name = "s3",
        description = "Runs the embedded S3 server over HTTP, for tests and demos: any credentials, path-style"
                + " addresses, request counters, injected latency and errors.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows s3 --port 9000 --dir /tmp/objects --bucket narrows",
            "  narrows s3 --port 9000 --latency put=60ms~20ms,get=20ms --errors 0.01 --report 10s"
        })
final class S3Command implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "Address to listen on (default ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(names = "--port", defaultValue = "9000", description = "Port; 0: a free port (default ${DEFAULT-VALUE}).")
    private int port;

    @Option(names = "--dir", paramLabel = "DIR", description = "Directory for objects (default: in memory).")
    private @Nullable Path directory;

    @Option(
            names = "--bucket",
            paramLabel = "NAME",
            defaultValue = "narrows",
            description = "Bucket to create at startup; repeatable (default ${DEFAULT-VALUE}).")
    private List<String> buckets = List.of("narrows");

    @Option(
            names = "--latency",
            paramLabel = "MODEL",
            defaultValue = "",
            description = "Latency by kind of request: standard, express, bad-day, or for example"
                    + " put=60ms,get=20ms~5ms.")
    private LatencyModel latency = LatencyModel.NONE;

    @Option(
            names = "--errors",
            paramLabel = "SHARE",
            defaultValue = "0",
            description = "Share of requests that fail with 503 SlowDown, from 0 to 1.")
    private double errors;

    @Option(
            names = "--report",
            paramLabel = "TIME",
            defaultValue = "0s",
            description = "Interval for printing counters; 0s: only at the end.")
    private Duration report = Duration.ZERO;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        EmbeddedS3Config config = (directory == null
                        ? EmbeddedS3Config.inMemory()
                        : EmbeddedS3Config.inDirectory(directory))
                .withAddress(host, port)
                .withLatency(latency);
        try (EmbeddedS3Server server = EmbeddedS3Server.start(config)) {
            buckets.forEach(server::createBucket);
            server.faults().unavailableWithProbability(errors);
            out.println("S3 at " + server.endpoint() + ", buckets " + buckets);
            out.flush();
            Shutdown shutdown = Shutdown.install();
            long everyMs = report.isZero() ? TimeUnit.DAYS.toMillis(365) : report.toMillis();
            CountDownLatch asked = shutdown.asked();
            while (!asked.await(everyMs, TimeUnit.MILLISECONDS)) {
                print(out, server.counters().snapshot());
            }
            print(out, server.counters().snapshot());
            shutdown.done();
        }
        return 0;
    }

    private static void print(PrintWriter out, S3Counters.Snapshot counters) {
        out.println(String.format(
                Locale.ROOT,
                "put %d (%.1f MB)  get %d (%.1f MB)  head %d  list %d  delete %d  other %d  errors %d",
                counters.put(),
                counters.bytesPut() / 1e6,
                counters.get(),
                counters.bytesGot() / 1e6,
                counters.head(),
                counters.list(),
                counters.delete(),
                counters.other(),
                counters.errors()));
        out.flush();
    }
}
