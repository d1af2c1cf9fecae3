package io.narrows.bench.zones;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs short commands to their end. Stateless; calls block. */
final class Shell {
    private static final int TIMEOUT_SECONDS = 20;

    private Shell() {}

    /** What the command wrote; a command that fails is an error with its own words in it. */
    static String run(String... command) {
        Outcome outcome = attempt(List.of(command));
        if (outcome.exitCode() != 0) {
            throw new IllegalStateException("'" + String.join(" ", command) + "' failed: "
                    + outcome.output().strip());
        }
        return outcome.output();
    }

    /** The same for a command that may fail. */
    static Outcome attempt(List<String> command) {
        try {
            Path output = Files.createTempFile("narrows-command-", ".out");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    return new Outcome(-1, "no end after " + TIMEOUT_SECONDS + " s");
                }
                return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("'" + command.get(0) + "' could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while '" + command.get(0) + "' ran", e);
        }
    }

    /** Exit code, and standard output and error together. */
    record Outcome(int exitCode, String output) {}
}
