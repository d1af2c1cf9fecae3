package io.narrows.broker.repair;

import java.util.List;

/**
 * The batches that one run of {@code narrows repair} skips, as stored in the bucket, with the operator, time and reason. It holds
 * as long as it is there.
 */
public record SkipRecord(String id, String clusterId, Decision decision, List<SkippedBatch> batches) {
    public SkipRecord {
        batches = List.copyOf(batches);
    }

    /** {@code atMs} since the epoch, by the clock of the operator's machine. */
    public record Decision(long atMs, String operator, String why) {}

    public long records() {
        return batches.stream().mapToLong(batch -> batch.content().records()).sum();
    }
}
