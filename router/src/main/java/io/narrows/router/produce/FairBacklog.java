package io.narrows.router.produce;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a flush window that has room: a line for each owner. The next one out is of the owner that has had the
 * least bytes since the last {@link #newTurn}; among equals, the one that has waited longest. So one that asks for little
 * is in the next window independently of the backlog of others, and no owner waits permanently. Owned by one loop.
 */
final class FairBacklog<T> {
    private final Map<Object, Line<T>> lines = new HashMap<>();
    private final PriorityQueue<Line<T>> next = new PriorityQueue<>();
    private long arrivals;
    private int count;

    private record Waiting<T>(T item, long bytes, long arrival) {}

    /** One owner's. It is in {@code next} as long as something waits, and leaves it before it changes. */
    private static final class Line<T> implements Comparable<Line<T>> {
        private final ArrayDeque<Waiting<T>> waiting = new ArrayDeque<>();
        private long bytesTaken;

        private long firstArrival() {
            Waiting<T> first = waiting.peek();
            return first == null ? Long.MAX_VALUE : first.arrival();
        }

        @Override
        public int compareTo(Line<T> other) {
            int byBytes = Long.compare(bytesTaken, other.bytesTaken);
            return byBytes != 0 ? byBytes : Long.compare(firstArrival(), other.firstArrival());
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    void add(Object owner, T item, long bytes) {
        Line<T> line = lines.computeIfAbsent(owner, key -> new Line<>());
        line.waiting.add(new Waiting<>(item, bytes, arrivals++));
        count++;
        if (line.waiting.size() == 1) {
            next.add(line);
        }
    }

    /** Another window is filled: what owners had of the one before does not count any more. */
    void newTurn() {
        lines.values().removeIf(line -> line.waiting.isEmpty());
        next.clear();
        for (Line<T> line : lines.values()) {
            line.bytesTaken = 0;
            next.add(line);
        }
    }

    /** The item whose turn it is; null when it is larger than so many bytes, or nothing waits. */
    @Nullable
    T poll(long mostBytes) {
        Line<T> line = next.peek();
        Waiting<T> first = line == null ? null : line.waiting.peek();
        if (first == null || first.bytes() > mostBytes) {
            return null;
        }
        Line<T> owner = next.remove();
        Waiting<T> taken = owner.waiting.remove();
        owner.bytesTaken += taken.bytes();
        count--;
        if (!owner.waiting.isEmpty()) {
            next.add(owner);
        }
        return taken.item();
    }
}
