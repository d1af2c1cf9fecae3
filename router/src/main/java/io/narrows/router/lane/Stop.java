package io.narrows.router.lane;

/**
 * Why a lane has to find its leader (again), in rising order of how much must be found out first. When several answers
 * stop a lane, the highest counts.
 */
public enum Stop {
    /** Nothing was sent yet. */
    START,
    /** The leader is right, an entry changes its form (OBJECT_UNREADABLE) or was refused behind another one. */
    SAME_LEADER,
    /** The connection is gone; the leader may be the same. */
    CONNECTION_LOST,
    /** The leader was busy. */
    BUSY,
    /** The leader cannot be reached: ask who leads now. */
    UNREACHABLE,
    /** The broker says that it does not lead: ask who does, unless it has told. */
    WRONG_LEADER,
    /** The broker does not know the topic: ask whether it is there. */
    UNKNOWN_TOPIC;

    Stop max(Stop other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
