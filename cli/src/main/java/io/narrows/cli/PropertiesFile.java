package io.narrows.cli;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/** A server's properties file with settings from the command line on top. Stateless. */
final class PropertiesFile {
    private PropertiesFile() {}

    /** The file itself, or a private copy that has the settings too and goes away with the process. */
    static Path with(Path file, Map<String, String> settings) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("no such file: " + file);
        }
        if (settings.isEmpty()) {
            return file;
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        properties.putAll(settings);
        Path merged = Files.createTempFile("narrows-", ".properties");
        merged.toFile().deleteOnExit();
        try (Writer writer = Files.newBufferedWriter(merged)) {
            properties.store(writer, null);
        }
        return merged;
    }
}
