package io.narrows.cli.load;

import java.util.Map;
import java.util.TreeMap;

/** Counts errors by what they say. Thread-safe. */
public final class ErrorTally {
    private static final int MAX_KINDS = 50;

    private final Map<String, Long> counts = new TreeMap<>();

    synchronized void add(String where, Throwable error) {
        String message = error.getMessage() == null ? "" : ": " + firstLine(error.getMessage());
        String kind = where + " " + error.getClass().getSimpleName() + message;
        if (counts.size() < MAX_KINDS || counts.containsKey(kind)) {
            counts.merge(kind, 1L, Long::sum);
        }
    }

    public synchronized Map<String, Long> counts() {
        return Map.copyOf(counts);
    }

    /** Numbers differ from error to error and would make each its own kind. */
    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("").replaceAll("[0-9]+", "#");
    }
}
