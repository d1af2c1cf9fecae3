package io.narrows.broker.gc.collector;

import io.narrows.relay.pointer.WalObjectId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Exactly the WAL objects that something refers to: a segment, a log, or a broker. {@link ReferenceCodec} has its bytes.
 * Not thread-safe.
 */
public final class ReferenceSet {
    private final TreeMap<WriterIncarnation, SequenceSet> sequences = new TreeMap<>();

    public void add(WalObjectId object) {
        of(WriterIncarnation.of(object)).add(object.sequence());
    }

    public void addAll(WriterIncarnation incarnation, SequenceSet more) {
        if (!more.isEmpty()) {
            of(incarnation).addAll(more);
        }
    }

    public void addAll(ReferenceSet other) {
        other.sequences.forEach(this::addAll);
    }

    public boolean contains(WalObjectId object) {
        SequenceSet known = sequences.get(WriterIncarnation.of(object));
        return known != null && known.contains(object.sequence());
    }

    public boolean isEmpty() {
        return sequences.isEmpty();
    }

    /** How many objects are in the set. */
    public long size() {
        return sequences.values().stream().mapToLong(SequenceSet::size).sum();
    }

    /** The sequences of each incarnation, none of them empty. Borrowed: not to be changed by the caller. */
    public SortedMap<WriterIncarnation, SequenceSet> byIncarnation() {
        return Collections.unmodifiableSortedMap(sequences);
    }

    /** The set of one incarnation, which the caller fills. */
    SequenceSet of(WriterIncarnation incarnation) {
        return sequences.computeIfAbsent(incarnation, none -> new SequenceSet());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ReferenceSet that && sequences.equals(that.sequences);
    }

    @Override
    public int hashCode() {
        return sequences.hashCode();
    }

    @Override
    public String toString() {
        return sequences.toString();
    }
}
