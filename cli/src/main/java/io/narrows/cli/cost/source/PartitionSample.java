package io.narrows.cli.cost.source;

import java.util.List;

/**
 * One partition of an observed cluster.
 *
 * @param bytes that were produced to it while it was observed
 * @param leader where its leader is
 * @param followerZones of its other replicas, in the order of the replicas; a zone may be there twice
 * @param readers one for each member of a group that reads it
 */
record PartitionSample(String topic, long bytes, Leader leader, List<String> followerZones, List<Reader> readers) {
    PartitionSample {
        followerZones = List.copyOf(followerZones);
        readers = List.copyOf(readers);
    }

    record Leader(int node, String zone) {}

    /** A reader's zone, empty when it is not known. */
    record Reader(String zone) {
        boolean isKnown() {
            return !zone.isEmpty();
        }
    }

    boolean hasReplicaIn(String zone) {
        return leader.zone().equals(zone) || followerZones.contains(zone);
    }
}
