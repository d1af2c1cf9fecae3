package io.narrows.broker.gc.collector;

import io.narrows.relay.Checks;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.roaringbitmap.RoaringBitmap;

/**
 * An exact set of sequences of one incarnation: a compressed bitmap for each 2^32 of them. Costs at most about one bit
 * for each sequence between the lowest and the highest, and two bytes for a sequence far from others. Not thread-safe.
 */
public final class SequenceSet {
    private static final long LOW = 0xFFFF_FFFFL;

    private final TreeMap<Integer, RoaringBitmap> byHigh = new TreeMap<>();

    /** Takes a range: {@code first} to {@code last}, both included. */
    @FunctionalInterface
    public interface RangeConsumer {
        void accept(long first, long last);
    }

    public static SequenceSet of(long... sequences) {
        SequenceSet set = new SequenceSet();
        for (long sequence : sequences) {
            set.add(sequence);
        }
        return set;
    }

    public static SequenceSet range(long first, long last) {
        SequenceSet set = new SequenceSet();
        set.add(first, last);
        return set;
    }

    public void add(long sequence) {
        Checks.argument(sequence >= 0, "sequence must not be negative");
        bitmap(high(sequence)).add((int) sequence);
    }

    /** Adds {@code first} to {@code last}, both included. */
    public void add(long first, long last) {
        Checks.argument(first >= 0 && first <= last, "first sequence must not be negative or above the last");
        int high = high(first);
        while (high < high(last)) {
            bitmap(high).add(lowest(first, high), LOW + 1);
            high++;
        }
        bitmap(high).add(lowest(first, high), highest(last, high) + 1);
    }

    public void addAll(SequenceSet other) {
        other.byHigh.forEach((high, bitmap) -> bitmap(high).or(bitmap));
    }

    /** Adds the bits of one bitmap, which belongs to the set from now on. */
    void adopt(int high, RoaringBitmap bitmap) {
        RoaringBitmap known = byHigh.putIfAbsent(high, bitmap);
        if (known != null) {
            known.or(bitmap);
        }
    }

    /** Removes {@code first} to {@code last}, both included. */
    public void remove(long first, long last) {
        for (Map.Entry<Integer, RoaringBitmap> entry :
                byHigh.subMap(high(first), true, high(last), true).entrySet()) {
            entry.getValue().remove(lowest(first, entry.getKey()), highest(last, entry.getKey()) + 1);
        }
        byHigh.values().removeIf(RoaringBitmap::isEmpty);
    }

    public void removeAll(SequenceSet other) {
        byHigh.forEach((high, bitmap) -> {
            RoaringBitmap removed = other.byHigh.get(high);
            if (removed != null) {
                bitmap.andNot(removed);
            }
        });
        byHigh.values().removeIf(RoaringBitmap::isEmpty);
    }

    public boolean contains(long sequence) {
        RoaringBitmap bitmap = sequence < 0 ? null : byHigh.get(high(sequence));
        return bitmap != null && bitmap.contains((int) sequence);
    }

    public boolean isEmpty() {
        return byHigh.isEmpty();
    }

    /** How many sequences are in the set. */
    public long size() {
        return byHigh.values().stream()
                .mapToLong(RoaringBitmap::getLongCardinality)
                .sum();
    }

    /** The lowest sequence that is not below {@code from}; negative when there is none. */
    public long next(long from) {
        for (Map.Entry<Integer, RoaringBitmap> entry :
                byHigh.tailMap(high(from), true).entrySet()) {
            long low = entry.getValue().nextValue((int) lowest(from, entry.getKey()));
            if (low >= 0) {
                return join(entry.getKey(), low);
            }
        }
        return -1;
    }

    /** The lowest sequence; negative when the set is empty. */
    public long first() {
        return next(0);
    }

    public void forEachRange(RangeConsumer consumer) {
        for (long first = first(); first >= 0; ) {
            long last = lastOfRange(first);
            consumer.accept(first, last);
            first = last == Long.MAX_VALUE ? -1 : next(last + 1);
        }
    }

    public SequenceSet copy() {
        SequenceSet copy = new SequenceSet();
        byHigh.forEach((high, bitmap) -> copy.byHigh.put(high, bitmap.clone()));
        return copy;
    }

    /** Stores runs as runs; for a set that changes no more, or not for long. */
    void compact() {
        for (RoaringBitmap bitmap : byHigh.values()) {
            boolean unused = bitmap.runOptimize();
            bitmap.trim();
        }
    }

    NavigableMap<Integer, RoaringBitmap> bitmaps() {
        return byHigh;
    }

    /** The ranges in order, {@code 0-4,9}; at most so many, then dots. */
    public String text(int maxRanges) {
        StringBuilder text = new StringBuilder();
        long first = first();
        for (int ranges = 0; first >= 0; ranges++) {
            text.append(ranges == 0 ? "" : ",");
            if (ranges == maxRanges) {
                return text.append("...").toString();
            }
            long last = lastOfRange(first);
            text.append(first).append(last == first ? "" : "-" + last);
            first = last == Long.MAX_VALUE ? -1 : next(last + 1);
        }
        return text.toString();
    }

    private long lastOfRange(long first) {
        int high = high(first);
        long low = first & LOW;
        RoaringBitmap bitmap = byHigh.get(high);
        while (bitmap != null) {
            long absent = bitmap.nextAbsentValue((int) low);
            if (absent >= 0 && absent <= LOW) {
                return join(high, absent) - 1;
            }
            bitmap = high == Integer.MAX_VALUE ? null : byHigh.get(++high);
            low = 0;
        }
        return bitmap == null && high == Integer.MAX_VALUE ? Long.MAX_VALUE : join(high, 0) - 1;
    }

    private RoaringBitmap bitmap(int high) {
        return byHigh.computeIfAbsent(high, none -> new RoaringBitmap());
    }

    private static int high(long sequence) {
        return (int) (sequence >>> 32);
    }

    private static long join(int high, long low) {
        return ((long) high << 32) | low;
    }

    private static long lowest(long first, int high) {
        return high == high(first) ? first & LOW : 0;
    }

    private static long highest(long last, int high) {
        return high == high(last) ? last & LOW : LOW;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SequenceSet that && byHigh.equals(that.byHigh);
    }

    @Override
    public int hashCode() {
        return byHigh.hashCode();
    }

    @Override
    public String toString() {
        return text(100);
    }
}
