package io.narrows.broker.gc;

import io.narrows.broker.gc.collector.ReferenceCodec;
import io.narrows.broker.gc.collector.ReferenceReport;
import io.narrows.broker.gc.collector.ReferenceSet;
import io.narrows.relay.pointer.WalObjectId;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Exactly the WAL objects that the links of one log name, per segment: a set for the newest segment, encoded bytes for
 * the closed ones. What a segment named when it is dropped is handed on before it is removed here, so that a reader of
 * both places finds it. Thread-safe; changes come under the log's own lock.
 */
public final class LogReferences implements SegmentReferences {
    private final String holder;
    private final Dropped dropped;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();

    /** Takes over what a segment referred to. */
    @FunctionalInterface
    interface Dropped {
        void add(String holder, ReferenceSet references);
    }

    LogReferences(String holder, Dropped dropped) {
        this.holder = holder;
        this.dropped = dropped;
    }

    /** A link in the segment names the object. */
    public synchronized void add(long segmentBaseOffset, WalObjectId object) {
        Segment segment = segments.get(segmentBaseOffset);
        if (segment == null) {
            // A log writes, and reads when it is loaded, one segment after the other.
            segments.headMap(segmentBaseOffset, false).descendingMap().values().stream()
                    .takeWhile(Segment::isOpen)
                    .forEach(Segment::close);
            segment = new Segment(new ReferenceSet(), null);
            segments.put(segmentBaseOffset, segment);
        }
        segment.add(object);
    }

    @Override
    public synchronized byte[] encoded(long segmentBaseOffset) {
        Segment segment = segments.get(segmentBaseOffset);
        return segment == null ? ReferenceCodec.encode(new ReferenceSet()) : segment.encoded();
    }

    @Override
    public void restore(long segmentBaseOffset, byte[] encoded) {
        boolean hasLinks = !ReferenceCodec.decode(encoded).isEmpty();
        synchronized (this) {
            drop(segmentBaseOffset);
            if (hasLinks) {
                segments.put(segmentBaseOffset, new Segment(null, encoded));
            }
        }
    }

    /** The segment is deleted, or is read again. */
    public synchronized void drop(long segmentBaseOffset) {
        Segment segment = segments.get(segmentBaseOffset);
        if (segment != null) {
            dropped.add(holder, segment.references());
            segments.remove(segmentBaseOffset);
        }
    }

    synchronized void dropAll() {
        segments.values().forEach(segment -> dropped.add(holder, segment.references()));
        segments.clear();
    }

    synchronized void addOpenTo(ReferenceReport account) {
        segments.values().stream()
                .filter(Segment::isOpen)
                .forEach(segment -> account.addAll(segment.references(), holder));
    }

    /** Adds closed segments, which change no more: all of them, or those that no call has added yet. */
    synchronized void addClosedTo(ReferenceReport account, Closed which) {
        for (Segment segment : segments.values()) {
            if (!segment.isOpen() && (which == Closed.ALL || !segment.added)) {
                account.addAll(segment.references(), holder);
                segment.added = true;
            }
        }
    }

    /** Which closed segments are added to an account. */
    enum Closed {
        ALL,
        NEW
    }

    /** The objects that one segment's links name: open as a set, or closed as bytes. */
    private static final class Segment {
        private @Nullable ReferenceSet open;
        private byte @Nullable [] closed;
        private boolean added;

        Segment(@Nullable ReferenceSet open, byte @Nullable [] closed) {
            this.open = open;
            this.closed = closed;
        }

        boolean isOpen() {
            return open != null;
        }

        void add(WalObjectId object) {
            ReferenceSet references = references();
            references.add(object);
            open = references;
            closed = null;
            added = false;
        }

        void close() {
            closed = encoded();
            open = null;
        }

        byte[] encoded() {
            byte[] bytes = closed == null ? ReferenceCodec.encode(references()) : closed;
            closed = bytes;
            return bytes;
        }

        ReferenceSet references() {
            if (open != null) {
                return open;
            }
            return closed == null ? new ReferenceSet() : ReferenceCodec.decode(closed);
        }
    }
}
