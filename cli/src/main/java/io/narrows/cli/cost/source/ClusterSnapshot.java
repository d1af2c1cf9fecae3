package io.narrows.cli.cost.source;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What the Admin API says about a cluster at one time.
 *
 * @param layouts leader and followers of each partition
 * @param logs of each partition's leader
 */
record ClusterSnapshot(Map<TopicPartition, Layout> layouts, Map<TopicPartition, Log> logs) {
    ClusterSnapshot {
        layouts = Map.copyOf(layouts);
        logs = Map.copyOf(logs);
    }

    record Layout(PartitionSample.Leader leader, List<String> followerZones) {}

    /** A leader's log: its bytes on disk and its offsets. */
    record Log(long sizeBytes, long startOffset, long endOffset) {
        private double bytesPerRecord() {
            long records = endOffset - startOffset;
            return records <= 0 ? 0 : (double) sizeBytes / records;
        }
    }

    /**
     * Bytes produced to each partition since an earlier snapshot: what its log grew by, or its new records at the size
     * of an average record where retention deleted something meanwhile.
     */
    Map<TopicPartition, Long> producedSince(ClusterSnapshot earlier) {
        Map<TopicPartition, Long> produced = new HashMap<>();
        logs.forEach((partition, now) -> {
            Log before = earlier.logs.getOrDefault(partition, new Log(0, 0, 0));
            long records = Math.max(0, now.endOffset() - before.endOffset());
            long grown = now.sizeBytes() - before.sizeBytes();
            long bytes = grown > 0 && now.startOffset() == before.startOffset()
                    ? grown
                    : Math.round(records * now.bytesPerRecord());
            produced.put(partition, records == 0 ? 0 : bytes);
        });
        return produced;
    }
}
