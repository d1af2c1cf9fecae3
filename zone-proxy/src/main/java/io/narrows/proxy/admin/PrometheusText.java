package io.narrows.proxy.admin;

import com.codahale.metrics.Counting;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Sampling;
import com.codahale.metrics.Snapshot;
import io.narrows.proxy.admin.MetricRule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a metric registry in Prometheus' text format 0.0.4, named, typed and described by the {@link MetricCatalog}.
 * Any thread.
 */
final class PrometheusText {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double NANOS_PER_SECOND = 1e9;

    private PrometheusText() {}

    static String write(MetricRegistry registry) {
        Map<String, Family> families = new TreeMap<>();
        new TreeMap<>(registry.getMetrics()).forEach((name, metric) -> {
            MetricRule rule = MetricCatalog.rule(name, metric);
            Family family = families.computeIfAbsent(rule.exposedName(), unused -> new Family(rule, new ArrayList<>()));
            family.samples().add(new Sample(labels(rule, name), metric));
        });
        StringBuilder out = new StringBuilder();
        families.forEach((name, family) -> append(out, name, family));
        return out.toString();
    }

    private record Family(MetricRule rule, List<Sample> samples) {}

    private record Sample(String labels, Metric metric) {}

    private static void append(StringBuilder out, String name, Family family) {
        out.append("# HELP ")
                .append(name)
                .append(' ')
                .append(family.rule().help())
                .append('\n');
        out.append("# TYPE ")
                .append(name)
                .append(' ')
                .append(type(family.rule().kind()))
                .append('\n');
        for (Sample sample : family.samples()) {
            if (sample.metric() instanceof Sampling sampled) {
                double scale = family.rule().kind() == Kind.TIME ? 1 / NANOS_PER_SECOND : 1;
                quantiles(out, name, sample.labels(), sampled.getSnapshot(), scale);
                line(out, name + "_count", sample.labels(), (double) ((Counting) sample.metric()).getCount());
            } else if (sample.metric() instanceof Counting counted) {
                line(out, name, sample.labels(), (double) counted.getCount());
            } else if (sample.metric() instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number) {
                line(out, name, sample.labels(), number.doubleValue());
            }
        }
    }

    private static void quantiles(StringBuilder out, String name, String labels, Snapshot snapshot, double scale) {
        for (double quantile : new double[] {0.5, 0.95, 0.99, 0.999}) {
            String label = "quantile=\"" + quantile + "\"";
            line(out, name, labels.isEmpty() ? label : labels + "," + label, snapshot.getValue(quantile) * scale);
        }
    }

    private static void line(StringBuilder out, String name, String labels, double value) {
        out.append(name);
        if (!labels.isEmpty()) {
            out.append('{').append(labels).append('}');
        }
        out.append(' ');
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            out.append((long) value);
        } else {
            out.append(value);
        }
        out.append('\n');
    }

    private static String type(Kind kind) {
        return switch (kind) {
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            case TIME, DISTRIBUTION -> "summary";
        };
    }

    private static String labels(MetricRule rule, String name) {
        List<String> names = rule.labels();
        if (names.isEmpty()) {
            return "";
        }
        String rest = name.substring(rule.source().length() + 1);
        List<String> pairs = new ArrayList<>();
        for (int i = names.size() - 1; i > 0; i--) {
            int dot = rest.lastIndexOf('.');
            pairs.add(0, pair(names.get(i), rest.substring(dot + 1)));
            rest = dot < 0 ? "" : rest.substring(0, dot);
        }
        pairs.add(0, pair(names.get(0), rest));
        return String.join(",", pairs);
    }

    private static String pair(String label, String value) {
        String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        return label + "=\"" + escaped + "\"";
    }
}
