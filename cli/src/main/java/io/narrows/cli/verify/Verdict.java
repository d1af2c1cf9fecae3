package io.narrows.cli.verify;

/**
 * What a check of all records found, in records.
 *
 * @param consumed distinct records of the run that were read
 * @param lost acknowledged, never read
 * @param duplicated read again at another offset
 * @param misordered read after a later record of the same producer and partition
 * @param corrupt bytes are not the ones that were sent
 * @param abortedSeen read although their transaction was aborted
 * @param foreign not written by this run
 * @param redelivered the same offset read again (a rebalance or restart); not an error
 */
public record Verdict(
        long consumed,
        long lost,
        long duplicated,
        long misordered,
        long corrupt,
        long abortedSeen,
        long foreign,
        long redelivered) {
    public static final Verdict EMPTY = new Verdict(0, 0, 0, 0, 0, 0, 0, 0);

    public boolean isClean() {
        return lost == 0 && duplicated == 0 && misordered == 0 && corrupt == 0 && abortedSeen == 0 && foreign == 0;
    }

    public Verdict plus(Verdict other) {
        return new Verdict(
                consumed + other.consumed,
                lost + other.lost,
                duplicated + other.duplicated,
                misordered + other.misordered,
                corrupt + other.corrupt,
                abortedSeen + other.abortedSeen,
                foreign + other.foreign,
                redelivered + other.redelivered);
    }
}
