package io.narrows.cli.cost.source;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.narrows.cli.cost.Measurement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads what {@code narrows bench compare --json} or {@code narrows demo --json} wrote. Stateless. */
public final class ResultFile {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ResultFile() {}

    public static Measurement read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("no such file: " + file
                    + "; write one with narrows demo --json FILE or narrows bench compare --json" + " FILE");
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(file.toFile());
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
        if (root.path("schema").asText().equals(BenchResult.SCHEMA)) {
            return BenchResult.measurement(file.toString(), root);
        }
        if (root.path("bytes").has("crossZone")) {
            return DemoResult.measurement(file.toString(), root);
        }
        throw new IllegalArgumentException(file + " is neither a result of narrows bench compare (schema "
                + BenchResult.SCHEMA + ") nor of narrows demo");
    }
}
