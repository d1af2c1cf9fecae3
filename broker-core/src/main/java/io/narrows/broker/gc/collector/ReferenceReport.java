package io.narrows.broker.gc.collector;

import io.narrows.relay.pointer.WalObjectId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Exactly the WAL objects that a broker refers to, and for each incarnation the partition that refers to the lowest
 * sequence. Filled by one thread, then read only.
 */
public final class ReferenceReport {
    private final TreeMap<WriterIncarnation, Kept> kept = new TreeMap<>();

    /** The sequences of one incarnation that are referenced, and where the lowest of them is. */
    public static final class Kept {
        private final SequenceSet sequences = new SequenceSet();
        private String holder = "";
        private long lowest = Long.MAX_VALUE;

        /** Borrowed: not to be changed. */
        public SequenceSet sequences() {
            return sequences;
        }

        /** The partition whose log refers to the lowest sequence, for people. */
        public String holder() {
            return holder;
        }

        private void heldBy(String who, long sequence) {
            if (holder.isEmpty() || sequence < lowest) {
                holder = who;
                lowest = sequence;
            }
        }
    }

    /** Adds one object that {@code holder} refers to; a word without spaces. */
    public void add(WalObjectId object, String holder) {
        Kept entry = entry(WriterIncarnation.of(object));
        entry.heldBy(holder, object.sequence());
        entry.sequences.add(object.sequence());
    }

    /** Adds what {@code holder} refers to; a word without spaces. */
    public void add(WriterIncarnation incarnation, SequenceSet sequences, String holder) {
        if (!sequences.isEmpty()) {
            Kept entry = entry(incarnation);
            entry.heldBy(holder, sequences.first());
            entry.sequences.addAll(sequences);
        }
    }

    public void addAll(ReferenceSet references, String holder) {
        references.byIncarnation().forEach((incarnation, sequences) -> add(incarnation, sequences, holder));
    }

    public void addAll(ReferenceReport other) {
        other.kept.forEach((incarnation, entry) -> add(incarnation, entry.sequences, entry.holder));
    }

    public boolean refersTo(WalObjectId object) {
        Kept entry = kept.get(WriterIncarnation.of(object));
        return entry != null && entry.sequences.contains(object.sequence());
    }

    public SortedMap<WriterIncarnation, Kept> byIncarnation() {
        return Collections.unmodifiableSortedMap(kept);
    }

    private Kept entry(WriterIncarnation incarnation) {
        return kept.computeIfAbsent(incarnation, none -> new Kept());
    }
}
