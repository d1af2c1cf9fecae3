package io.narrows.relay.metrics;

import com.codahale.metrics.Gauge;
import io.narrows.relay.Checks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts numbers in buckets with fixed upper bounds, so that the histograms of many processes can be added up, which
 * quantiles cannot. Thread-safe.
 */
public final class BucketHistogram implements Gauge<BucketHistogram.Counts> {
    private final long[] bounds;
    private final LongAdder[] counts;
    private final LongAdder sum = new LongAdder();

    /**
     * @param bounds upper bounds, inclusive and growing
     * @param counts numbers in each bucket, the last for those beyond all bounds
     * @param sum of all numbers
     */
    public record Counts(List<Long> bounds, List<Long> counts, long sum) {}

    public BucketHistogram(long... bounds) {
        for (int i = 1; i < bounds.length; i++) {
            Checks.argument(bounds[i] > bounds[i - 1], "bound of a bucket must be greater than the one before");
        }
        this.bounds = bounds.clone();
        this.counts = new LongAdder[bounds.length + 1];
        Arrays.setAll(counts, unused -> new LongAdder());
    }

    public void record(long value) {
        int found = Arrays.binarySearch(bounds, value);
        counts[found >= 0 ? found : -found - 1].increment();
        sum.add(value);
    }

    @Override
    public Counts getValue() {
        List<Long> numbers = new ArrayList<>();
        for (LongAdder count : counts) {
            numbers.add(count.sum());
        }
        return new Counts(Arrays.stream(bounds).boxed().toList(), numbers, sum.sum());
    }
}
