package io.narrows.router.lane;

/**
 * What a lane as a whole is doing.
 *
 * <pre>
 *              entry ready              leader found
 *   UNROUTED --------------> SEARCHING --------------> FLOWING
 *      ^                      |  ^  ^                   |   |
 *      | topic gone, or       |  |  | leader unreachable,   | an answer says re-send,
 *      | nothing left to send |  |  | nothing in flight |   | or the connection was lost
 *      +----------------------+  |  +-------------------+   v
 *                                +---------------------- DRAINING
 *                                 all answered or lost
 * </pre>
 *
 * <p>Each time FLOWING is reached again the lane epoch is higher by one.
 */
public sealed interface LaneState {
    /** Has no leader and looks for none until an entry is ready. */
    record Unrouted(LaneStopReason stop) implements LaneState {}

    /** Sends to this leader. */
    record Flowing(int leaderId) implements LaneState {}

    /** Sends nothing until everything sent is answered or lost. */
    record Draining(LaneStopReason stop) implements LaneState {}

    /** Nothing is in flight; looks for the leader. */
    record Searching(LaneStopReason stop) implements LaneState {}

    LaneState START = new Unrouted(LaneStopReason.START);
}
