package io.narrows.relay.gc;

import io.narrows.relay.Checks;
import java.util.Arrays;

/**
 * A set of sequences as ascending ranges. With a limit it never holds more ranges than that: the smallest gap is closed
 * instead, so it may hold more sequences than were added, never fewer. Not thread-safe.
 */
public final class SequenceRanges {
    private final int maxRanges;
    private long[] firsts = new long[2];
    private long[] lasts = new long[2];
    private int count;

    /** Exact, however many ranges that takes. */
    public SequenceRanges() {
        this(Integer.MAX_VALUE);
    }

    public SequenceRanges(int maxRanges) {
        Checks.argument(maxRanges > 0, "at least one range");
        this.maxRanges = maxRanges;
    }

    public void add(long sequence) {
        add(sequence, sequence);
    }

    /** Adds {@code first} to {@code last}, both included. Cheap at the end, where sequences usually come. */
    public void add(long first, long last) {
        Checks.argument(first >= 0 && first <= last, "a range of sequences");
        int from = firstEndingAtOrAfter(first == 0 ? 0 : first - 1);
        int to = from;
        long low = first;
        long high = last;
        while (to < count && (last == Long.MAX_VALUE || firsts[to] <= last + 1)) {
            low = Math.min(low, firsts[to]);
            high = Math.max(high, lasts[to]);
            to++;
        }
        replace(from, to, low, high);
        if (count > maxRanges) {
            closeSmallestGap();
        }
    }

    public void addAll(SequenceRanges other) {
        for (int i = 0; i < other.count; i++) {
            add(other.firsts[i], other.lasts[i]);
        }
    }

    /** Takes {@code first} to {@code last} out; only for sets without a limit. */
    public void remove(long first, long last) {
        Checks.invariant(maxRanges == Integer.MAX_VALUE, "only exact sets get smaller");
        for (int i = firstEndingAtOrAfter(first); i < count && firsts[i] <= last; ) {
            long low = firsts[i];
            long high = lasts[i];
            close(i, i + 1);
            if (high > last) {
                open(i);
                set(i, last + 1, high);
            }
            if (low < first) {
                open(i);
                set(i, low, first - 1);
                i++;
            }
            if (high > last) {
                return;
            }
        }
    }

    public boolean contains(long sequence) {
        int i = firstEndingAtOrAfter(sequence);
        return i < count && firsts[i] <= sequence;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public int ranges() {
        return count;
    }

    public long first(int range) {
        return firsts[range];
    }

    public long last(int range) {
        return lasts[range];
    }

    /** How many sequences are in the set. */
    public long size() {
        long size = 0;
        for (int i = 0; i < count; i++) {
            size += lasts[i] - firsts[i] + 1;
        }
        return size;
    }

    private int firstEndingAtOrAfter(long sequence) {
        if (count == 0 || lasts[count - 1] < sequence) {
            return count;
        }
        int found = Arrays.binarySearch(lasts, 0, count, sequence);
        return found >= 0 ? found : -found - 1;
    }

    private void replace(int from, int to, long low, long high) {
        if (from == to) {
            open(from);
        } else {
            close(from + 1, to);
        }
        set(from, low, high);
    }

    private void open(int at) {
        if (count == firsts.length) {
            firsts = Arrays.copyOf(firsts, count * 2);
            lasts = Arrays.copyOf(lasts, count * 2);
        }
        System.arraycopy(firsts, at, firsts, at + 1, count - at);
        System.arraycopy(lasts, at, lasts, at + 1, count - at);
        count++;
    }

    private void close(int from, int to) {
        System.arraycopy(firsts, to, firsts, from, count - to);
        System.arraycopy(lasts, to, lasts, from, count - to);
        count -= to - from;
    }

    private void set(int at, long first, long last) {
        firsts[at] = first;
        lasts[at] = last;
    }

    private void closeSmallestGap() {
        int smallest = 0;
        for (int i = 1; i + 1 < count; i++) {
            if (firsts[i + 1] - lasts[i] < firsts[smallest + 1] - lasts[smallest]) {
                smallest = i;
            }
        }
        lasts[smallest] = lasts[smallest + 1];
        close(smallest + 1, smallest + 2);
    }

    /** Ranges in order, {@code 0-4,9}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : ",").append(firsts[i]);
            if (lasts[i] != firsts[i]) {
                text.append('-').append(lasts[i]);
            }
        }
        return text.toString();
    }
}
