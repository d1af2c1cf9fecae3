package io.narrows.proxy.admin;

import java.util.List;
import java.util.Locale;

/**
 * How the metrics of one name, or of one name followed by label values, appear to Prometheus.
 *
 * @param source name in the registry; with labels, what follows it after a dot are their values
 * @param labels the values may hold dots only in the first of them
 */
record MetricRule(String source, Kind kind, String help, List<String> labels) {
    /** What the numbers are. */
    enum Kind {
        /** Only grows. */
        COUNTER,
        /** Goes up and down. */
        GAUGE,
        /** Quantiles of durations; the registry has nanoseconds, Prometheus gets seconds. */
        TIME,
        /** Quantiles of plain numbers. */
        DISTRIBUTION
    }

    static MetricRule of(String source, Kind kind, String help, String... labels) {
        return new MetricRule(source, kind, help, List.of(labels));
    }

    boolean covers(String name) {
        return labels.isEmpty() ? name.equals(source) : name.startsWith(source + ".");
    }

    /** The name with its unit and, for counters, the ending that Prometheus wants. */
    String exposedName() {
        String words = "narrows_"
                + source.replaceFirst("^narrows\\.", "")
                        .replaceAll("([a-z])([A-Z])", "$1_$2")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "_")
                        .replaceFirst("_(count|total)$", "");
        return switch (kind) {
            case COUNTER -> words + "_total";
            case TIME -> words.replaceFirst("_latency$|_time$", "") + "_seconds";
            case GAUGE, DISTRIBUTION -> words;
        };
    }
}
