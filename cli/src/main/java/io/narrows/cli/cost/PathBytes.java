package io.narrows.cli.cost;

/**
 * Bytes of batches by the way they took.
 *
 * @param local to a leader in the producer's zone
 * @param staged through the object store
 * @param direct as bytes to a leader in another zone
 */
public record PathBytes(long local, long staged, long direct) {
    public static final PathBytes NONE = new PathBytes(0, 0, 0);

    public long total() {
        return local + staged + direct;
    }

    public PathBytes plus(PathBytes other) {
        return new PathBytes(local + other.local, staged + other.staged, direct + other.direct);
    }
}
