package io.narrows.bench.cli;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.bench.inspect.Inspection;
import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.S3Settings.Credentials;
import io.narrows.relay.store.StoreMetrics;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code narrows inspect}. */
@Command(
        name = "inspect",
        description = "Prints what is in a WAL object or in a log segment: batches, links and where they point.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows demo --dir /tmp/zones",
            "  narrows inspect /tmp/zones/node-1/demo-0/00000000000000000000.log",
            "  narrows inspect s3://narrows/wal/proxy-a/00000000001700000000/00000000000000000001 \\",
            "      --endpoint http://127.0.0.1:9000 --json",
            "",
            "Exit code: 0 when all is sound, 1 when something is damaged."
        })
final class InspectCommand implements Callable<Integer> {
    private static final long MAX_BYTES = 1L << 30;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE|S3-URL", description = "A WAL object or segment file, or s3://bucket/key.")
    private String source = "";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--endpoint", paramLabel = "URL", description = "S3 server other than AWS, path style.")
    private @Nullable URI endpoint;

    @Option(
            names = "--region",
            defaultValue = "us-east-1",
            description = "Region of the bucket (default ${DEFAULT-VALUE}).")
    private String region = "us-east-1";

    @Override
    public Integer call() throws IOException, InterruptedException {
        ByteBuffer bytes = source.startsWith("s3://") ? object(URI.create(source)) : file(Path.of(source));
        Inspection inspection = Inspection.of(source, bytes);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(inspection.json(MAPPER)));
        } else {
            inspection.print(out);
        }
        out.flush();
        return inspection.isSound() ? 0 : 1;
    }

    private static ByteBuffer file(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException("no such file: " + path);
        }
        if (Files.size(path) > MAX_BYTES) {
            throw new IllegalArgumentException(path + " is larger than 1 GiB");
        }
        try (FileChannel channel = FileChannel.open(path)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        }
    }

    private ByteBuffer object(URI url) throws InterruptedException {
        String bucket = url.getHost();
        String key = url.getPath().substring(Math.min(1, url.getPath().length()));
        if (bucket == null || key.isEmpty()) {
            throw new IllegalArgumentException("'" + url + "' is not of the form s3://bucket/key");
        }
        Credentials anyone = endpoint == null ? null : new Credentials("narrows", "narrows");
        S3Settings settings =
                new S3Settings(endpoint, region, bucket, endpoint != null, anyone, S3Settings.Limits.DEFAULT);
        try (ObjectStore store = S3ObjectStore.open(settings, new StoreMetrics(new MetricRegistry(), "store"))) {
            return await(store.head(key)
                    .thenCompose(info -> store.get(key, 0, Math.toIntExact(info.sizeBytes())))
                    .thenApply(InspectCommand::copy));
        }
    }

    /** Consumes the buffer. */
    private static ByteBuffer copy(ByteBuf bytes) {
        try {
            byte[] copy = new byte[bytes.readableBytes()];
            bytes.getBytes(bytes.readerIndex(), copy);
            return ByteBuffer.wrap(copy);
        } finally {
            bytes.release();
        }
    }

    @SuppressForbidden("a command's main thread waits for its only request")
    private static ByteBuffer await(CompletableFuture<ByteBuffer> bytes) throws InterruptedException {
        try {
            return bytes.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot read the object: " + e.getMessage(), e);
        }
    }
}
