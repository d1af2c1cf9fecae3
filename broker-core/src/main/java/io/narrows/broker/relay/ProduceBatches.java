package io.narrows.broker.relay;

import io.narrows.relay.rpc.AppendGroup;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Puts released entries together that can share one trip through Kafka's produce path: of one group, hence of one
 * client's request, each for another partition. That is what the client's own request would have been, at a fraction of
 * the cost of one trip per entry. Entries that could fail their neighbours go alone: those without acknowledgement,
 * whose errors come without a partition, and those that do not look like one batch.
 */
final class ProduceBatches {
    private static final int LENGTH_AT = 8;
    private static final int MAGIC_AT = 16;
    private static final int HEADER_BYTES = 61;

    private ProduceBatches() {}

    static List<List<RelayEntry>> of(List<RelayEntry> released) {
        IdentityHashMap<AppendGroup, Open> openByGroup = new IdentityHashMap<>();
        List<List<RelayEntry>> inOrder = new ArrayList<>();
        for (RelayEntry entry : released) {
            Partition partition = new Partition(entry.topicId(), entry.partition());
            Open open = openByGroup.get(entry.group());
            if (alone(entry)) {
                inOrder.add(List.of(entry));
            } else if (open == null || !open.partitions().add(partition)) {
                Open fresh = new Open(new ArrayList<>(List.of(entry)), new HashSet<>(Set.of(partition)));
                openByGroup.put(entry.group(), fresh);
                inOrder.add(fresh.entries());
            } else {
                open.entries().add(entry);
            }
        }
        return inOrder;
    }

    private static boolean alone(RelayEntry entry) {
        return entry.context().acks() == 0 || !looksLikeOneBatch(entry.bytes());
    }

    private static boolean looksLikeOneBatch(byte[] bytes) {
        return bytes.length >= HEADER_BYTES && bytes[MAGIC_AT] == 2 && int32(bytes, LENGTH_AT) == bytes.length - 12;
    }

    private static int int32(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }

    private record Partition(UUID topicId, int partition) {}

    private record Open(List<RelayEntry> entries, Set<Partition> partitions) {}
}
