package io.narrows.relay.metrics;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.Metric;
import com.codahale.metrics.Timer;
import io.narrows.relay.metrics.MetricRule.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** All metrics of a process with their meaning: the source of the HELP lines and of its reference page. Immutable. */
public final class MetricCatalog {
    private final String introduction;
    private final List<MetricRule> rules;

    /** {@code introduction} is the beginning of the reference page: its heading, and where the metrics are shown. */
    public MetricCatalog(String introduction, List<MetricRule> rules) {
        this.introduction = introduction;
        this.rules = List.copyOf(rules);
    }

    /** The rule for a metric; one made up from name and type if the catalog does not have it. */
    MetricRule rule(String name, Metric metric) {
        return rules.stream().filter(rule -> rule.covers(name)).findFirst().orElseGet(() -> madeUp(name, metric));
    }

    /** Whether the metric of this name in the registry is described. */
    public boolean knows(String name) {
        return rules.stream().anyMatch(rule -> rule.covers(name));
    }

    /** All names that Prometheus may see, without the endings of quantiles and buckets. */
    public Set<String> exposedNames() {
        Set<String> names = new TreeSet<>();
        rules.forEach(rule -> names.add(rule.exposedName()));
        return names;
    }

    private static MetricRule madeUp(String name, Metric metric) {
        Kind kind = Kind.GAUGE;
        if (metric instanceof Timer) {
            kind = Kind.TIME;
        } else if (metric instanceof Histogram) {
            kind = Kind.DISTRIBUTION;
        } else if (metric instanceof Meter || metric instanceof Counter) {
            kind = Kind.COUNTER;
        }
        return MetricRule.of(name, kind, name);
    }

    /** The reference page in Markdown. */
    public String markdown() {
        StringBuilder page = new StringBuilder(introduction).append("""

                This page is generated from the code. A summary has the quantiles 0.5, 0.95, 0.99 and 0.999 of recent
                values, and the count of all values. A histogram can be summed over processes.

                | Metric | Type | Unit | Labels | Meaning |
                |---|---|---|---|---|
                """);
        for (MetricRule rule : rules) {
            List<String> labels = new ArrayList<>(rule.labels());
            rule.constants().forEach((label, value) -> labels.add(label + "=" + value));
            String name = "`" + rule.exposedName() + "`";
            page.append("| ")
                    .append(String.join(" | ", name, rule.type(), rule.unit(), String.join(", ", labels), rule.help()))
                    .append(" |\n");
        }
        return page.toString();
    }
}
