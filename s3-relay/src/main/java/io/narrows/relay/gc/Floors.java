package io.narrows.relay.gc;

import io.narrows.relay.pointer.WalObjectId;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Per incarnation the sequence below which no link is made any more. Immutable; floors only rise from one to the next. An
 * incarnation that has had no object for a week is forgotten: no pointer is on its way for that long.
 */
public final class Floors {
    public static final Floors NONE = new Floors(new TreeMap<>());

    private static final long REMEMBERED_MS = TimeUnit.DAYS.toMillis(7);

    private final SortedMap<WriterIncarnation, Floor> floors;

    /**
     * @param sequence links to smaller ones are not made
     * @param seenMs when the incarnation last had an object, by the collector's clock
     */
    public record Floor(long sequence, long seenMs) {
        Floor max(Floor other) {
            return new Floor(Math.max(sequence, other.sequence), Math.max(seenMs, other.seenMs));
        }
    }

    private Floors(SortedMap<WriterIncarnation, Floor> floors) {
        this.floors = floors;
    }

    public static Floors of(Map<WriterIncarnation, Floor> floors) {
        return new Floors(new TreeMap<>(floors));
    }

    /** These and the others, whichever are higher, without those forgotten at {@code nowMs}. */
    public Floors merge(Floors others, long nowMs) {
        TreeMap<WriterIncarnation, Floor> merged = new TreeMap<>(floors);
        others.floors.forEach((incarnation, floor) -> merged.merge(incarnation, floor, Floor::max));
        merged.values().removeIf(floor -> floor.seenMs() < nowMs - REMEMBERED_MS);
        return new Floors(merged);
    }

    public boolean isBelow(WalObjectId object) {
        Floor floor = floors.get(WriterIncarnation.of(object));
        return floor != null && object.sequence() < floor.sequence();
    }

    public SortedMap<WriterIncarnation, Floor> byIncarnation() {
        return Collections.unmodifiableSortedMap(floors);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Floors that && floors.equals(that.floors);
    }

    @Override
    public int hashCode() {
        return floors.hashCode();
    }

    @Override
    public String toString() {
        return floors.toString();
    }
}
