package io.narrows.cli.verify;

import java.util.BitSet;

/**
 * What one group of readers saw of one producer's records in one partition. Constant time and a few bytes per track as
 * long as records come in order; holes are kept as bits. Not thread-safe: guarded by its {@link PartitionCheck}.
 */
final class SeenTrack {
    private final BitSet holes = new BitSet();
    private long next;
    private long seen;
    private long duplicated;
    private long misordered;

    void observe(long sequence) {
        if (sequence == next) {
            next++;
            seen++;
        } else if (sequence > next) {
            holes.set(Math.toIntExact(next), Math.toIntExact(sequence));
            next = sequence + 1;
            seen++;
        } else if (holes.get(Math.toIntExact(sequence))) {
            holes.clear(Math.toIntExact(sequence));
            misordered++;
            seen++;
        } else {
            duplicated++;
        }
    }

    long seen() {
        return seen;
    }

    long duplicated() {
        return duplicated;
    }

    long misordered() {
        return misordered;
    }

    /** Records that had to be there and were not seen. */
    long lost(SentTrack sent) {
        long lost = 0;
        for (int hole = holes.nextSetBit(0); hole >= 0; hole = holes.nextSetBit(hole + 1)) {
            lost += sent.mustBeThere(hole) ? 1 : 0;
        }
        for (long tail = next; tail < sent.sent(); tail++) {
            lost += sent.mustBeThere(Math.toIntExact(tail)) ? 1 : 0;
        }
        return lost;
    }

    /** Records of aborted transactions that were seen nevertheless. */
    long abortedSeen(SentTrack sent) {
        BitSet aborted = sent.abortedCopy();
        aborted.andNot(holes);
        return aborted.get(0, Math.toIntExact(next)).cardinality();
    }
}
