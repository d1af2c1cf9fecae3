package io.narrows.relay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The value of a configuration key that may stand in a file of its own, as orchestrators mount secrets. Stateless. */
public final class SecretText {
    private static final String FILE = "file:";

    private SecretText() {}

    /**
     * The value, or for {@code file:PATH} the content of the file, without white space around it. Throws
     * {@link IllegalArgumentException}, which names the key and the file, when it cannot be read.
     */
    public static String of(String key, String value) {
        String trimmed = value.trim();
        if (!trimmed.startsWith(FILE)) {
            return trimmed;
        }
        String file = trimmed.substring(FILE.length());
        try {
            return Files.readString(Path.of(file), StandardCharsets.UTF_8).trim();
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException(
                    "cannot read the file that " + key + " names, " + file + ": " + e.getMessage(), e);
        }
    }
}
