package io.narrows.broker.relay;

import io.narrows.relay.rpc.ProduceContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts released entries together that can share one trip through Kafka's produce path: of one client, each for another
 * partition. That is what the client's own request would have been, at a fraction of the cost of one trip per entry.
 * Entries that could fail their neighbours go alone: those without acknowledgement, whose errors come without a
 * partition, and those that do not look like one batch. Entries of one lane are in requests of one run, in their order;
 * runs may go side by side.
 */
final class ProduceRequestPlanner {
    private static final int LENGTH_AT = 8;
    private static final int MAGIC_AT = 16;
    private static final int HEADER_BYTES = 61;

    private ProduceRequestPlanner() {}

    /** Runs of requests of entries. */
    static List<List<List<RelayEntry>>> of(List<RelayEntry> released) {
        IdentityHashMap<Object, Place> places = new IdentityHashMap<>();
        Map<ProduceContext, Run> runs = new HashMap<>();
        List<List<List<RelayEntry>>> inOrder = new ArrayList<>();
        for (RelayEntry entry : released) {
            Place place = places.computeIfAbsent(
                    entry.lane(),
                    lane -> new Place(runs.computeIfAbsent(entry.context(), context -> {
                        Run fresh = new Run();
                        inOrder.add(fresh.entries);
                        return fresh;
                    })));
            place.next = place.run.add(entry, place.next) + 1;
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

    /** Where the next entry of a lane goes at the earliest. */
    private static final class Place {
        private final Run run;
        private int next;

        Place(Run run) {
            this.run = run;
        }
    }

    /** Requests that follow each other. */
    private static final class Run {
        private final List<List<RelayEntry>> entries = new ArrayList<>();
        /** Per request what may not be in it again; null where nothing may join. */
        private final List<@Nullable Set<Partition>> taken = new ArrayList<>();

        /** Returns the index of the request that takes the entry. */
        int add(RelayEntry entry, int from) {
            boolean alone = alone(entry);
            Partition partition = new Partition(entry.topicId(), entry.partition());
            for (int i = from; i < entries.size() && !alone; i++) {
                Set<Partition> others = taken.get(i);
                if (others != null
                        && entries.get(i).get(0).context().equals(entry.context())
                        && others.add(partition)) {
                    entries.get(i).add(entry);
                    return i;
                }
            }
            entries.add(new ArrayList<>(List.of(entry)));
            taken.add(alone ? null : new HashSet<>(Set.of(partition)));
            return entries.size() - 1;
        }
    }
}
