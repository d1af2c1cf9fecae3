package io.narrows.bench.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory that is deleted at the end, unless the user named it. */
final class ScratchDirectory implements AutoCloseable {
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

    static ScratchDirectory of(@Nullable Path named) throws IOException {
        return named == null
                ? new ScratchDirectory(Files.createTempDirectory("narrows-demo-"), Keep.DELETE)
                : new ScratchDirectory(Files.createDirectories(named), Keep.KEEP);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        if (keep == Keep.KEEP) {
            return;
        }
        try (Stream<Path> tree = Files.walk(path)) {
            for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
                boolean unused = Files.deleteIfExists(entry);
            }
        } catch (IOException e) {
            LOG.warn("Could not delete {}", path, e);
        }
    }
}
