package io.narrows.relay.gc;

import io.narrows.relay.pointer.WalObjectId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which WAL objects a broker refers to: per incarnation the sequences, at most {@link #MAX_RANGES} ranges of them, and
 * who refers to the lowest. Filled by one thread, then read only.
 */
public final class Account {
    /** Beyond it the smallest gaps count as referenced. */
    public static final int MAX_RANGES = 4096;

    private final TreeMap<WriterIncarnation, Kept> kept = new TreeMap<>();

    /** The sequences of one incarnation that are referenced, and where the lowest of them is. */
    public static final class Kept {
        private final SequenceRanges ranges = new SequenceRanges(MAX_RANGES);
        private String holder = "";

        public SequenceRanges ranges() {
            return ranges;
        }

        /** The partition whose log refers to the lowest sequence, for people. */
        public String holder() {
            return holder;
        }
    }

    /** Adds what {@code holder} refers to; a word without spaces. */
    public void add(WriterIncarnation incarnation, SequenceRanges ranges, String holder) {
        if (ranges.isEmpty()) {
            return;
        }
        Kept entry = kept.computeIfAbsent(incarnation, none -> new Kept());
        if (entry.ranges.isEmpty() || ranges.first(0) < entry.ranges.first(0)) {
            entry.holder = holder;
        }
        entry.ranges.addAll(ranges);
    }

    public boolean refersTo(WalObjectId object) {
        Kept entry = kept.get(WriterIncarnation.of(object));
        return entry != null && entry.ranges.contains(object.sequence());
    }

    public SortedMap<WriterIncarnation, Kept> byIncarnation() {
        return Collections.unmodifiableSortedMap(kept);
    }
}
