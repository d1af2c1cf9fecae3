package io.narrows.broker.gc.collector;

import io.narrows.relay.pointer.WalObjectId;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Per incarnation the sequence below which no link is made any more. Immutable; floors only rise from one to the next. Times
 * are those of the store's clock: a machine whose clock is wrong must not forget a floor.
 */
public final class Floors {
    public static final Floors NONE = new Floors(new TreeMap<>());

    private static final long REMEMBERED_MS = TimeUnit.DAYS.toMillis(7);

    private final SortedMap<WriterIncarnation, Floor> floors;

    /**
     * @param sequence links to smaller ones are not made
     * @param seenMs when the newest object below was written, by the store's clock
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

    /** These and the others, whichever are higher. */
    public Floors merge(Floors others) {
        TreeMap<WriterIncarnation, Floor> merged = new TreeMap<>(floors);
        others.floors.forEach((incarnation, floor) -> merged.merge(incarnation, floor, Floor::max));
        return new Floors(merged);
    }

    /**
     * Without those of which the newest object is older than a week: no pointer is on its way for that long. Not for
     * floors below which there are objects. {@code storeMs} is a time that the store's clock has passed.
     */
    Floors rememberedAt(long storeMs) {
        TreeMap<WriterIncarnation, Floor> remembered = new TreeMap<>(floors);
        remembered.values().removeIf(floor -> floor.seenMs() < storeMs - REMEMBERED_MS);
        return new Floors(remembered);
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
