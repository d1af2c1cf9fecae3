package io.narrows.bench.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Blocks that a directory takes on disk, from {@code du}. Stateless; calls block. */
final class DiskUse {
    private DiskUse() {}

    static long bytes(Path directory) {
        try {
            Process process = new ProcessBuilder("du", "--summarize", "--block-size=1", directory.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Long.parseLong(output.split("\\s", 2)[0]);
        } catch (IOException e) {
            throw new UncheckedIOException("'du' could not be run", e);
        }
    }
}
