package io.narrows.relay.metrics;

import com.codahale.metrics.Gauge;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A metric with labels under a single name of the registry: its value maps label values to a number. Read by any thread.
 */
public interface LabeledValues extends Gauge<Map<List<String>, Long>> {
    /** Placeholder for an unknown value. */
    String UNKNOWN = "unknown";

    /** In the order of the values in the map's keys. */
    List<String> labels();

    /** Values computed by each scrape, so that counting them costs nothing. */
    static LabeledValues computed(List<String> labels, Supplier<Map<List<String>, Long>> values) {
        return new LabeledValues() {
            @Override
            public List<String> labels() {
                return labels;
            }

            @Override
            public Map<List<String>, Long> getValue() {
                return values.get();
            }
        };
    }
}
