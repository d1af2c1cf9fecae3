package io.narrows.bench.restarts;

/** What happens to brokers in the middle of a load. */
public enum RestartCase {
    /** A broker is stopped (SIGTERM) and started again. */
    CLEAN_RESTART,
    /** A broker is killed and started again on its disk. */
    SIGKILL,
    /** A broker is killed, its disk is emptied, it is started again. */
    LOST_DISK,
    /** All brokers are killed, then all are started. */
    ALL_DOWN,
    /** Replicas move from one zone to a broker in another that had none. */
    MOVE,
    /** All brokers are stopped and started one after another, each when all replicas are in sync. */
    ROLLING
}
