package io.narrows.router.topology;

import java.util.List;

/** A partition's leader (-1: none), leader epoch (-1: unknown) and in-sync replicas, as far as they are known. */
public record PartitionView(int partition, int leaderId, int leaderEpoch, List<Integer> inSyncIds) {
    public PartitionView {
        inSyncIds = List.copyOf(inSyncIds);
    }

    /** Of the replicas, only the leader is known. */
    public PartitionView(int partition, int leaderId, int leaderEpoch) {
        this(partition, leaderId, leaderEpoch, leaderId < 0 ? List.of() : List.of(leaderId));
    }
}
