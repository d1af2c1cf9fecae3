package io.narrows.relay.metrics;

import com.codahale.metrics.Counting;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.Metric;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Sampling;
import com.codahale.metrics.Snapshot;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a metric registry in Prometheus' text format 0.0.4, named, typed and described by a {@link MetricCatalog}. Any
 * thread.
 */
public final class PrometheusText {
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double NANOS_PER_SECOND = 1e9;

    private final StringBuilder out = new StringBuilder();

    private PrometheusText() {}

    public static String write(MetricRegistry registry, MetricCatalog catalog) {
        Map<String, Family> families = new TreeMap<>();
        new TreeMap<>(registry.getMetrics()).forEach((name, metric) -> {
            MetricRule rule = catalog.rule(name, metric);
            Family family = families.computeIfAbsent(rule.exposedName(), unused -> new Family(rule, new ArrayList<>()));
            family.samples().add(new Sample(name, rule, metric));
        });
        PrometheusText text = new PrometheusText();
        families.forEach(text::family);
        return text.out.toString();
    }

    private record Family(MetricRule rule, List<Sample> samples) {}

    private record Sample(String source, MetricRule rule, Metric metric) {}

    private void family(String name, Family family) {
        String help = family.rule().help().replace("\\", "\\\\").replace("\n", "\\n");
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ")
                .append(name)
                .append(' ')
                .append(family.rule().type())
                .append('\n');
        family.samples().forEach(sample -> sample(name, sample));
    }

    private void sample(String name, Sample sample) {
        MetricRule rule = sample.rule();
        Metric metric = sample.metric();
        if (metric instanceof LabeledValues labeled) {
            labeled(name, rule, labeled);
            return;
        }
        String labels = labels(rule, rule.labels(), rule.values(sample.source()));
        if (metric instanceof Sampling sampled) {
            double scale = rule.kind() == Kind.TIME ? 1 / NANOS_PER_SECOND : 1;
            quantiles(name, labels, sampled.getSnapshot(), scale);
            line(name + "_count", labels, (double) ((Counting) metric).getCount());
        } else if (metric instanceof BucketHistogram histogram) {
            buckets(name, labels, histogram.getValue());
        } else if (metric instanceof Counting counted) {
            line(name, labels, (double) counted.getCount());
        } else if (metric instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number) {
            line(name, labels, number.doubleValue());
        }
    }

    private void labeled(String name, MetricRule rule, LabeledValues metric) {
        Map<String, Long> lines = new TreeMap<>();
        metric.getValue().forEach((values, number) -> lines.put(labels(rule, metric.labels(), values), number));
        lines.forEach((labels, number) -> line(name, labels, (double) number));
    }

    private void quantiles(String name, String labels, Snapshot snapshot, double scale) {
        for (double quantile : new double[] {0.5, 0.95, 0.99, 0.999}) {
            line(name, and(labels, pair("quantile", Double.toString(quantile))), snapshot.getValue(quantile) * scale);
        }
    }

    private void buckets(String name, String labels, BucketHistogram.Counts counts) {
        long atMost = 0;
        for (int i = 0; i < counts.counts().size(); i++) {
            atMost += counts.counts().get(i);
            String bound = i < counts.bounds().size() ? counts.bounds().get(i).toString() : "+Inf";
            line(name + "_bucket", and(labels, pair("le", bound)), (double) atMost);
        }
        line(name + "_sum", labels, (double) counts.sum());
        line(name + "_count", labels, (double) atMost);
    }

    private void line(String name, String labels, double value) {
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

    private static String labels(MetricRule rule, List<String> names, List<String> values) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            pairs.add(pair(names.get(i), values.get(i)));
        }
        rule.constants().forEach((label, value) -> pairs.add(pair(label, value)));
        return String.join(",", pairs);
    }

    private static String and(String labels, String more) {
        return labels.isEmpty() ? more : labels + "," + more;
    }

    private static String pair(String label, String value) {
        String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
        return label + "=\"" + escaped + "\"";
    }
}
