package io.narrows.cli.verify;

import java.util.BitSet;

/**
 * What one producer knows of its records for one partition. Every sequence below {@link #sent()} is acknowledged unless
 * it is marked otherwise. Guarded by its own monitor: written by the producer's threads, read at the end.
 */
final class SentTrack {
    private final BitSet uncertain = new BitSet();
    private final BitSet aborted = new BitSet();
    private long sent;
    private long acknowledged;

    synchronized long next() {
        return sent++;
    }

    synchronized void acknowledged() {
        acknowledged++;
    }

    /** The producer got an error: it may or may not be in the log. */
    synchronized void uncertain(long sequence) {
        uncertain.set(Math.toIntExact(sequence));
    }

    /** Its transaction was aborted: consumers that read committed records must not see it. */
    synchronized void aborted(long sequence) {
        aborted.set(Math.toIntExact(sequence));
    }

    /** Takes over what another process knows of this producer's records. */
    synchronized void restore(long sentElsewhere, BitSet uncertainElsewhere) {
        sent = sentElsewhere;
        acknowledged = sentElsewhere - uncertainElsewhere.cardinality();
        uncertain.or(uncertainElsewhere);
    }

    synchronized BitSet uncertainCopy() {
        return (BitSet) uncertain.clone();
    }

    synchronized long sent() {
        return sent;
    }

    synchronized long acknowledgedCount() {
        return acknowledged;
    }

    synchronized int uncertainCount() {
        return uncertain.cardinality();
    }

    synchronized BitSet abortedCopy() {
        return (BitSet) aborted.clone();
    }

    /** Whether the record has to be in the log: acknowledged, and its transaction was not aborted. */
    synchronized boolean mustBeThere(int sequence) {
        return !uncertain.get(sequence) && !aborted.get(sequence);
    }
}
