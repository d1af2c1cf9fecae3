package io.narrows.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory that is deleted at the end, unless the user named it. */
public final class ScratchDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScratchDirectory.class);

    private final Path path;
    private final Keep keep;

    private ScratchDirectory(Path path, Keep keep) {
        this.path = path;
        this.keep = keep;
    }

    private enum Keep {
        KEEP,
        DELETE
    }

    public static ScratchDirectory of(@Nullable Path named) throws IOException {
        return named == null
                ? new ScratchDirectory(Files.createTempDirectory("narrows-demo-"), Keep.DELETE)
                : new ScratchDirectory(Files.createDirectories(named), Keep.KEEP);
    }

    public Path path() {
        return path;
    }

    /** A part that is not needed any more is deleted already, unless the user wants to keep it. */
    public void emptied(Path part) throws IOException {
        if (keep == Keep.DELETE) {
            delete(part);
        }
    }

    @Override
    public void close() throws IOException {
        if (keep == Keep.DELETE) {
            delete(path);
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
                boolean unused = Files.deleteIfExists(entry);
            }
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("directory", directory).setCause(e).log("Could not delete a scratch directory");
        }
    }
}
