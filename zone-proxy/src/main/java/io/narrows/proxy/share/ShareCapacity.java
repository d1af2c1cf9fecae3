package io.narrows.proxy.share;

/**
 * How many share sessions the clients of a proxy may have, and partitions in them together: what a session names is
 * remembered until it ends. Any thread.
 */
public final class ShareCapacity {
    /** As of a broker (group.share.max.share.sessions). */
    private static final int SESSIONS = 2_000;

    /** On average; all together take some tens of MiB. */
    private static final int PARTITIONS_PER_SESSION = 200;

    private final int maxSessions;
    private final long maxPartitions;
    private int sessions;
    private long partitions;

    public ShareCapacity() {
        this(SESSIONS, (long) SESSIONS * PARTITIONS_PER_SESSION);
    }

    ShareCapacity(int maxSessions, long maxPartitions) {
        this.maxSessions = maxSessions;
        this.maxPartitions = maxPartitions;
    }

    /** A session without partitions, if there is room for one; ends with {@link #giveBack}. */
    synchronized boolean tryOpen() {
        boolean free = sessions < maxSessions;
        sessions += free ? 1 : 0;
        return free;
    }

    /** {@code more} may be negative, and then is taken in any case. */
    synchronized boolean tryGrow(int more) {
        boolean free = more <= 0 || partitions + more <= maxPartitions;
        partitions += free ? more : 0;
        return free;
    }

    /** A session has ended. */
    synchronized void giveBack(int partitionsOfIt) {
        sessions--;
        partitions -= partitionsOfIt;
    }

    synchronized boolean isUnused() {
        return sessions == 0 && partitions == 0;
    }
}
