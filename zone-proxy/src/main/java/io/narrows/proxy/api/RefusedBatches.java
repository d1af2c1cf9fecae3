package io.narrows.proxy.api;

import io.narrows.router.lane.ProducerSequence;
import io.narrows.router.lane.SequenceGaps;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The batches that a connection's requests were refused for before they came to a lane: while they are missing, later
 * ones of the same producer must not enter the lane either. Owned by the connection's event loop.
 */
final class RefusedBatches {
    /** Of more partitions than this the one that was refused first is forgotten. */
    private static final int MAX_PARTITIONS = 1_000;

    private final Map<Place, SequenceGaps> gaps = new LinkedHashMap<>();

    /** {@code topic}: its name or its id, whichever the client's requests have. */
    private record Place(Object topic, int partition) {
        static Place of(ProduceEntry entry) {
            return new Place(
                    entry.namesTopicById() ? entry.topicId() : entry.topic().name(),
                    entry.partition().index());
        }
    }

    void add(ProduceEntry entry, ProducerSequence batch) {
        if (!batch.isIdempotent()) {
            return;
        }
        gaps.computeIfAbsent(Place.of(entry), place -> new SequenceGaps()).failed(batch);
        if (gaps.size() > MAX_PARTITIONS) {
            gaps.remove(gaps.keySet().iterator().next());
        }
    }

    /** A batch has come. True if it must be refused because one before it was. */
    boolean isBehind(ProduceEntry entry, ProducerSequence batch) {
        if (gaps.isEmpty()) {
            return false;
        }
        Place place = Place.of(entry);
        SequenceGaps here = gaps.get(place);
        if (here == null) {
            return false;
        }
        boolean behind = here.isBehind(batch);
        if (here.isEmpty()) {
            gaps.remove(place);
        }
        return behind;
    }
}
