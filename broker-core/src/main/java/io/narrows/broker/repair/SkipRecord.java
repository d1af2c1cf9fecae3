package io.narrows.broker.repair;

import java.util.List;

/**
 * What one run of {@code narrows repair} gave up, as it is in the bucket: who decided it, when and why, and each batch. It holds
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
