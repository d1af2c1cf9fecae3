package io.narrows.relay.metrics;

import io.narrows.relay.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counters by label values, with a bound on the values of each label: the first ones get a counter of their own, all
 * later ones share the value {@value #OTHER}. A caller looks its cell up once, where a lane or a connection begins, and
 * then only adds to it. Thread-safe.
 */
public final class LabeledCounters implements LabeledValues {
    /** The value that all values beyond a label's bound share. */
    public static final String OTHER = "other";

    /** Most topics, and most client ids, that are counted apart. */
    public static final int MANY = 1000;

    /** Most zones that are counted apart: consumers name theirs themselves. */
    public static final int FEW = 16;

    /** The length of the longest topic name; client ids may be longer and are cut. */
    private static final int MAX_VALUE_CHARS = 249;

    private final List<Label> labels;
    private final List<String> names;
    private final List<Set<String>> admitted = new ArrayList<>();
    private final Map<List<String>, LongAdder> cells = new ConcurrentHashMap<>();

    /** A label and how many of its values are counted apart. */
    public record Label(String name, int limit) {
        public Label {
            Checks.argument(limit > 0, "limit of label values must be > 0, got " + limit);
        }
    }

    public LabeledCounters(Label... labels) {
        this.labels = List.of(labels);
        this.names = this.labels.stream().map(Label::name).toList();
        this.labels.forEach(label -> admitted.add(ConcurrentHashMap.newKeySet()));
    }

    /** The counter for these values, in the order of the labels. An empty value counts as {@value #UNKNOWN}. */
    public LongAdder cell(String... values) {
        Checks.argument(values.length == labels.size(), "number of values differs from the number of labels");
        LongAdder known = cells.get(List.of(values));
        if (known != null) {
            return known;
        }
        List<String> bounded = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            bounded.add(bounded(i, values[i]));
        }
        return cells.computeIfAbsent(List.copyOf(bounded), unused -> new LongAdder());
    }

    private String bounded(int label, String value) {
        String cut = value.substring(0, Math.min(MAX_VALUE_CHARS, value.length()));
        String shown = cut.isEmpty() ? UNKNOWN : cut;
        Set<String> seen = admitted.get(label);
        int limit = labels.get(label).limit();
        if (seen.contains(shown)) {
            return shown;
        }
        // Once the label is full, the lock is not taken any more.
        if (seen.size() < limit) {
            synchronized (seen) {
                if (seen.contains(shown) || (seen.size() < limit && seen.add(shown))) {
                    return shown;
                }
            }
        }
        return OTHER;
    }

    @Override
    public List<String> labels() {
        return names;
    }

    @Override
    public Map<List<String>, Long> getValue() {
        Map<List<String>, Long> sums = new ConcurrentHashMap<>();
        cells.forEach((values, cell) -> sums.put(values, cell.sum()));
        return sums;
    }
}
