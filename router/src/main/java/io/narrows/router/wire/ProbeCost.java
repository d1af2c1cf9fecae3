package io.narrows.router.wire;

/**
 * What it costs Kafka's generated classes to put elements with given hashes into their keyed collections: open addressing
 * without mixing of hashes, and a removal of each element, one by one, whenever such a collection grows. The cost of m
 * elements next to each other is m * m, and of m elements with one hash m * m * m: of 10,000 these are minutes. Stateless.
 */
final class ProbeCost {
    /** Smaller tables cost little with any content. */
    private static final int MIN_CAPACITY = 300;

    /** What a collection grows to that was made without a size. */
    private static final int FIRST_CAPACITY = 5;

    private ProbeCost() {}

    /** Steps for the first {@code count} elements, in collections of all sizes that these meet on their way. */
    static long of(int[] hashes, int count) {
        long steps = 0;
        int sized = 2 * count + 1;
        for (int capacity = sized; capacity <= 2 * sized + 1; capacity = 2 * capacity + 1) {
            steps = Math.max(steps, at(hashes, count, capacity));
        }
        for (int capacity = FIRST_CAPACITY; capacity <= 2 * sized; capacity = 2 * capacity + 1) {
            steps = Math.max(steps, at(hashes, Math.min(count, capacity / 2), capacity));
        }
        return steps;
    }

    /** Steps for elements that are added to a collection of {@link #roomFor} them, and never removed. */
    static long ofAdding(int[] hashes, int count) {
        int[] wanted = wanted(hashes, count, 2 * roomFor(count) + 1);
        long steps = 0;
        long waiting = 0;
        for (int i = 0; i < 2 * wanted.length; i++) {
            waiting += i < wanted.length ? wanted[i] : 0;
            waiting -= waiting > 0 ? 1 : 0;
            steps += waiting;
        }
        return steps;
    }

    /** The size to make a collection with that does not grow when it gets so many elements. */
    static int roomFor(int count) {
        return count + 1;
    }

    private static long at(int[] hashes, int count, int capacity) {
        if (capacity < MIN_CAPACITY) {
            return 0;
        }
        return ofRuns(wanted(hashes, count, capacity), count);
    }

    private static int[] wanted(int[] hashes, int count, int capacity) {
        int[] wanted = new int[capacity];
        for (int i = 0; i < count; i++) {
            wanted[(hashes[i] & 0x7fffffff) % capacity]++;
        }
        return wanted;
    }

    /** Each element of a run of elements is removed, for which all behind it look for a place again. */
    private static long ofRuns(int[] wanted, int count) {
        long steps = 0;
        long length = 0;
        long distance = 0;
        int waiting = 0;
        int placed = 0;
        // Twice around, so that a run that goes over the end is seen as a whole.
        for (int i = 0; i < 2 * wanted.length && (placed < count || waiting > 0); i++) {
            int here = i < wanted.length ? wanted[i] : 0;
            placed += here;
            waiting += here;
            if (waiting == 0) {
                steps += length * (length + distance);
                length = 0;
                distance = 0;
            } else {
                waiting--;
                length++;
                distance += waiting;
            }
        }
        return steps + length * (length + distance);
    }
}
