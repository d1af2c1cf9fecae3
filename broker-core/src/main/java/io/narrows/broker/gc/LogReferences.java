package io.narrows.broker.gc;

import io.narrows.relay.Checks;
import io.narrows.relay.gc.Account;
import io.narrows.relay.gc.SequenceRanges;
import io.narrows.relay.gc.WriterIncarnation;
import io.narrows.relay.pointer.WalObjectId;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Which WAL objects the links of one log name, per segment. What a segment named when it is dropped is handed on before it
 * is forgotten here, so that nobody who looks at both places misses it. Thread-safe; changes come under the log's own
 * lock.
 */
public final class LogReferences implements SegmentReferences {
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

    /** The text of the ranges, as in the answers of garbage collection. */
    @Override
    public synchronized byte[] encoded(long segmentBaseOffset) {
        StringBuilder text = new StringBuilder();
        Segment segment = segments.get(segmentBaseOffset);
        if (segment != null) {
            segment.ranges.forEach((who, ranges) -> text.append(who.writer())
                    .append(' ')
                    .append(who.incarnation())
                    .append(' ')
                    .append(ranges)
                    .append('\n'));
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void restore(long segmentBaseOffset, byte[] encoded) {
        Segment segment = new Segment();
        String text = new String(encoded, StandardCharsets.US_ASCII);
        try {
            for (String line : text.lines().toList()) {
                String[] words = line.split(" ", -1);
                Checks.argument(words.length == 3, "three words in a line of references");
                WriterIncarnation who = new WriterIncarnation(words[0], Long.parseLong(words[1]));
                SequenceRanges ranges = new SequenceRanges(MAX_RANGES);
                for (String range : words[2].split(",", -1)) {
                    String[] ends = range.split("-", -1);
                    ranges.add(Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1]));
                }
                segment.ranges.put(who, ranges);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("references of a segment are damaged", e);
        }
        synchronized (this) {
            drop(segmentBaseOffset);
            if (!segment.ranges.isEmpty()) {
                segments.put(segmentBaseOffset, segment);
            }
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
