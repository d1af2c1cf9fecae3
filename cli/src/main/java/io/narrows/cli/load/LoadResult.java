package io.narrows.cli.load;

import io.narrows.cli.verify.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * How a run ended.
 *
 * @param acknowledged records by producer (index = zone index times producers per zone, plus its number) and partition
 * @param latencyMicros from when a record was due to the acknowledgement
 * @param endToEndMicros from when a record was due to each of its readers having it, in steps of a millisecond
 * @param verdicts one per group of readers
 * @param complete every producer and reader reached its end in time
 * @param errors of any client, by what they say
 */
public record LoadResult(
        Duration elapsed,
        Totals totals,
        Map<Integer, long[]> acknowledged,
        Histogram latencyMicros,
        Histogram endToEndMicros,
        List<Verdict> verdicts,
        boolean complete,
        Map<String, Long> errors,
        List<ClientTraffic> traffic) {
    public LoadResult {
        acknowledged = Map.copyOf(acknowledged);
        verdicts = List.copyOf(verdicts);
        errors = Map.copyOf(errors);
        traffic = List.copyOf(traffic);
    }

    /** Records handed to producers, acknowledged, of unknown outcome; bytes of acknowledged values. */
    public record Totals(long sent, long acknowledged, long uncertain, long bytes) {}

    public Verdict verdict() {
        return verdicts.stream().reduce(Verdict.EMPTY, Verdict::plus);
    }

    /** No record lost, duplicated, out of order or corrupt, and all clients finished. */
    public boolean isClean() {
        return complete && verdict().isClean();
    }

    public double p50Ms() {
        return latencyMicros.getValueAtPercentile(50) / 1e3;
    }

    public double p99Ms() {
        return latencyMicros.getValueAtPercentile(99) / 1e3;
    }
}
