package io.narrows.relay.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How the metrics of one name, or of one name followed by label values, appear to Prometheus.
 *
 * @param source name in the registry; with labels, what follows it after a dot are their values
 * @param shownAs the words of the exposed name, separated by dots; the source where nothing else is said
 * @param labels the values may hold dots only in the first of them
 * @param constants labels that all metrics of the rule have
 */
public record MetricRule(
        String source, String shownAs, Kind kind, String help, List<String> labels, Map<String, String> constants) {
    /** What the numbers are. */
    public enum Kind {
        /** Only grows. */
        COUNTER,
        /** Goes up and down. */
        GAUGE,
        /** Quantiles of durations; the registry has nanoseconds, Prometheus gets seconds. */
        TIME,
        /** Quantiles of plain numbers. */
        DISTRIBUTION,
        /** Numbers in buckets. */
        HISTOGRAM
    }

    public static MetricRule of(String source, Kind kind, String help, String... labels) {
        return new MetricRule(source, source, kind, help, List.of(labels), Map.of());
    }

    /** The same rule for a metric below a prefix. */
    public MetricRule in(String prefix) {
        return new MetricRule(prefix + "." + source, prefix + "." + shownAs, kind, help, labels, constants);
    }

    /** The same rule for a metric whose name in the registry says what a label says to Prometheus. */
    public MetricRule shownAs(String words, Map<String, String> constantLabels) {
        return new MetricRule(source, words, kind, help, labels, constantLabels);
    }

    public boolean covers(String name) {
        return name.equals(source) || (!labels.isEmpty() && name.startsWith(source + "."));
    }

    /** The values of the labels, from a name in the registry that the rule covers. */
    public List<String> values(String name) {
        String rest = name.length() > source.length() ? name.substring(source.length() + 1) : "";
        List<String> values = new ArrayList<>();
        for (int i = labels.size() - 1; i > 0; i--) {
            int dot = rest.lastIndexOf('.');
            values.add(0, rest.substring(dot + 1));
            rest = dot < 0 ? "" : rest.substring(0, dot);
        }
        if (!labels.isEmpty()) {
            values.add(0, rest);
        }
        return values;
    }

    /** The name with its unit and, for counters, the ending that Prometheus wants. */
    public String exposedName() {
        String words = "narrows_"
                + shownAs.replaceFirst("^narrows\\.", "")
                        .replaceAll("([a-z])([A-Z])", "$1_$2")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "_")
                        .replaceFirst("_(count|total)$", "");
        return switch (kind) {
            case COUNTER -> words + "_total";
            case TIME -> words.replaceFirst("_latency$|_time$", "") + "_seconds";
            case GAUGE, DISTRIBUTION, HISTOGRAM -> words;
        };
    }

    /** What one of the numbers is, in the words of the reference page. */
    public String unit() {
        String name = exposedName();
        if (kind == Kind.TIME || name.endsWith("_seconds")) {
            return "seconds";
        } else if (name.endsWith("_ratio")) {
            return "ratio";
        }
        return name.contains("bytes") ? "bytes" : "count";
    }

    String type() {
        return switch (kind) {
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            case TIME, DISTRIBUTION -> "summary";
            case HISTOGRAM -> "histogram";
        };
    }
}
