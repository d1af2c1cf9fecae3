package io.narrows.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.cli.inspect.BucketInspection;
import io.narrows.cli.inspect.Inspection;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.wal.WalIndex;
import io.narrows.relay.wal.WalObjectReader;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code narrows inspect}. */
@Command(
        name = "inspect",
        description = {
            "Prints the content of a WAL object or of a log segment: batches, links and their pointers;",
            "or the content of a bucket: writers, sequences, and bytes by partition."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows demo --dir /tmp/zones",
            "  narrows inspect /tmp/zones/node-1/demo-0/00000000000000000000.log",
            "  narrows inspect s3://narrows/wal/proxy-a/00000000001700000000/00000000000000000001 \\",
            "      --endpoint http://127.0.0.1:9000 --json",
            "  narrows inspect s3://my-narrows-bucket",
            "",
            "For a bucket, the command reads the index of every WAL object with two small requests.",
            "Exit code: 0 if all batches are intact, 1 if one is corrupt."
        })
final class InspectCommand implements Callable<Integer> {
    private static final long MAX_BYTES = 1L << 30;
    private static final int PAGE = 1000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE|S3-URL",
            description = "A WAL object or segment file, s3://bucket/key, or s3://bucket.")
    private String source = "";

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private BucketOptions options = new BucketOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (source.startsWith("s3://")
                && BucketOptions.keyOf(URI.create(source)).isEmpty()) {
            return bucket(URI.create(source));
        }
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
        String key = BucketOptions.keyOf(url);
        try (ObjectStore store = options.open(BucketOptions.bucketOf(url))) {
            return BucketOptions.await(store.head(key)
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

    private int bucket(URI url) throws InterruptedException {
        BucketInspection inspection = new BucketInspection();
        try (ObjectStore store = options.open(BucketOptions.bucketOf(url))) {
            String last = "";
            Listing page;
            do {
                page = BucketOptions.await(store.list("", last, PAGE));
                for (ObjectInfo object : page.objects()) {
                    if (inspection.add(object)) {
                        addIndex(store, WalObjectId.parse(object.key()), inspection);
                    }
                }
                last = page.objects().isEmpty()
                        ? ""
                        : page.objects().get(page.objects().size() - 1).key();
            } while (page.truncated());
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(inspection.json(MAPPER).toPrettyString());
        } else {
            inspection.print(out);
        }
        out.flush();
        return inspection.isSound() ? 0 : 1;
    }

    /** An object that garbage collection has deleted meanwhile is passed over. */
    private static void addIndex(ObjectStore store, WalObjectId id, BucketInspection inspection)
            throws InterruptedException {
        Optional<WalIndex> index = BucketOptions.await(
                WalObjectReader.index(store, id).thenApply(Optional::of).exceptionally(failure -> {
                    if (!isGone(failure)) {
                        inspection.addDamaged();
                    }
                    return Optional.empty();
                }));
        index.ifPresent(inspection::add);
    }

    private static boolean isGone(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause instanceof ObjectStoreException known && known.kind() == ObjectStoreException.Kind.NOT_FOUND;
    }
}
