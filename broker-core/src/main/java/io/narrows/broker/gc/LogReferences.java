package io.narrows.broker.gc;

import io.narrows.relay.gc.Account;
import io.narrows.relay.gc.SequenceRanges;
import io.narrows.relay.gc.WriterIncarnation;
import io.narrows.relay.pointer.WalObjectId;
import java.util.HashMap;
import java.util.Map;

/**
 * Which WAL objects the links of one log name, per segment. What a segment named when it is dropped is handed on before it
 * is forgotten here, so that nobody who looks at both places misses it. Thread-safe; changes come under the log's own
 * lock.
 */
public final class LogReferences {
    /** Of one incarnation in one segment; a partition that is in most objects of a writer needs one or two. */
    private static final int MAX_RANGES = 64;

    private final String holder;
    private final Dropped dropped;
    private final Map<Long, Segment> segments = new HashMap<>();

    /** Takes over what a segment referred to. */
    @FunctionalInterface
    interface Dropped {
        void add(String holder, Map<WriterIncarnation, SequenceRanges> references);
    }

    LogReferences(String holder, Dropped dropped) {
        this.holder = holder;
        this.dropped = dropped;
    }

    /** A link in the segment names the object. */
    public synchronized void add(long segmentBaseOffset, WalObjectId object) {
        segments.computeIfAbsent(segmentBaseOffset, none -> new Segment()).add(object);
    }

    /** The segment is gone, or is read again. */
    public synchronized void drop(long segmentBaseOffset) {
        Segment segment = segments.get(segmentBaseOffset);
        if (segment != null) {
            dropped.add(holder, segment.ranges);
            segments.remove(segmentBaseOffset);
        }
    }

    synchronized void dropAll() {
        segments.values().forEach(segment -> dropped.add(holder, segment.ranges));
        segments.clear();
    }

    synchronized void addTo(Account account) {
        for (Segment segment : segments.values()) {
            segment.ranges.forEach((incarnation, ranges) -> account.add(incarnation, ranges, holder));
        }
    }

    /** The objects that one segment's links name. */
    private static final class Segment {
        private final Map<WriterIncarnation, SequenceRanges> ranges = new HashMap<>(4);

        void add(WalObjectId object) {
            ranges.computeIfAbsent(WriterIncarnation.of(object), none -> new SequenceRanges(MAX_RANGES))
                    .add(object.sequence());
        }
    }
}
