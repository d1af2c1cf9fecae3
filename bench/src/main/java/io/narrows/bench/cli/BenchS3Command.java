package io.narrows.bench.cli;

import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.s3server.LatencyModel;
import io.narrows.s3server.S3Counters;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench s3}: the object store of a comparison, which answers every line with its counters. */
@Command(
        name = "s3",
        hidden = true,
        description = "The object store of a comparison; prints its counters for each line on standard input.")
final class BenchS3Command implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--host", required = true, description = "Address to listen on.")
    private String host = "";

    @Option(names = "--port", required = true, description = "Port to listen on.")
    private int port;

    @Option(names = "--dir", required = true, description = "Directory for objects.")
    private Path directory = Path.of("");

    @Option(names = "--bucket", required = true, description = "Bucket to create.")
    private String bucket = "";

    @Option(names = "--latency", defaultValue = "", description = "Latency, as for narrows s3.")
    private LatencyModel latency = LatencyModel.NONE;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        EmbeddedS3Config config =
                EmbeddedS3Config.inDirectory(directory).withAddress(host, port).withLatency(latency);
        try (EmbeddedS3Server server = EmbeddedS3Server.start(config)) {
            server.createBucket(bucket);
            while (in.readLine() != null) {
                S3Counters.Snapshot now = server.counters().snapshot();
                out.println(String.format(
                        Locale.ROOT,
                        "{\"put\":%d,\"get\":%d,\"list\":%d,\"head\":%d,\"delete\":%d,\"errors\":%d,\"bytesPut\":%d,"
                                + "\"bytesGot\":%d}",
                        now.put(),
                        now.get(),
                        now.list(),
                        now.head(),
                        now.delete(),
                        now.errors(),
                        now.bytesPut(),
                        now.bytesGot()));
                out.flush();
            }
        }
        return 0;
    }
}
