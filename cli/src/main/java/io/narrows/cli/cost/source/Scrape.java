package io.narrows.cli.cost.source;

import io.narrows.cli.cost.source.MetricsText.Sample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Metrics of one process at one time.
 *
 * @param address of its metrics endpoint
 */
record Scrape(String address, List<Sample> samples) {
    Scrape {
        samples = List.copyOf(samples);
    }

    Set<String> names() {
        return samples.stream().map(Sample::name).collect(Collectors.toSet());
    }

    /**
     * What was counted since an earlier scrape. A counter that went back belongs to a process that was restarted: it
     * counts from zero. What is no counter keeps its value.
     */
    Scrape since(Scrape earlier) {
        Map<String, Double> before = new HashMap<>();
        earlier.samples.forEach(sample -> before.put(key(sample), sample.value()));
        List<Sample> counted = new ArrayList<>();
        for (Sample sample : samples) {
            double start = isCounter(sample) ? before.getOrDefault(key(sample), 0.0) : 0;
            double value = sample.value() >= start ? sample.value() - start : sample.value();
            counted.add(new Sample(sample.name(), sample.labels(), value));
        }
        return new Scrape(address, counted);
    }

    private static String key(Sample sample) {
        return sample.name() + new TreeMap<>(sample.labels());
    }

    private static boolean isCounter(Sample sample) {
        String name = sample.name();
        return name.endsWith("_total") || name.endsWith("_count") || name.endsWith("_bucket") || name.endsWith("_sum");
    }
}
