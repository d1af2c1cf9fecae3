package io.narrows.cli.cost;

import io.narrows.relay.Checks;
import java.util.List;

/** How many WAL objects were of which size, smallest first; the last bucket has no upper bound. */
public record ObjectSizes(List<Bucket> buckets) {
    /** Objects larger than the bucket before and at most {@code upToBytes}, {@link Long#MAX_VALUE} for the last. */
    public record Bucket(long upToBytes, long count) {}

    public ObjectSizes {
        buckets = List.copyOf(buckets);
        for (int i = 1; i < buckets.size(); i++) {
            Checks.argument(
                    buckets.get(i - 1).upToBytes() < buckets.get(i).upToBytes(),
                    "buckets are not ordered by their bounds");
        }
    }

    public long count() {
        return buckets.stream().mapToLong(Bucket::count).sum();
    }

    /**
     * Share of objects smaller than so many bytes, from 0 to 1. Inside a bucket sizes are taken to be spread evenly; of
     * the bucket without a bound none is taken to be smaller.
     */
    public double shareBelow(long bytes) {
        double below = 0;
        long lower = 0;
        for (Bucket bucket : buckets) {
            if (bytes >= bucket.upToBytes()) {
                below += bucket.count();
            } else if (bytes > lower && bucket.upToBytes() < Long.MAX_VALUE) {
                below += bucket.count() * (double) (bytes - lower) / (bucket.upToBytes() - lower);
            }
            lower = bucket.upToBytes();
        }
        return count() == 0 ? 0 : below / count();
    }
}
