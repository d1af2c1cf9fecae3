package io.narrows.router.lane;

import io.narrows.relay.pointer.WalObjectId;

/**
 * The effects of a lane's steps. Called on the router's loop, from within the lane's methods; an implementation must
 * not call back into the same lane before the step has returned.
 */
public interface LaneActions {
    /**
     * Puts the entry into the next frame to the leader. False when the leader cannot take it now; then
     * {@link Lane#pump()} is called when it can, or {@link Lane#onUnreachable()} when it cannot be reached.
     */
    boolean send(LaneEntry entry, int leaderId);

    /** Starts to find the lane's leader; one of the lane's {@code onLeader}, {@code onNoLeader} methods follows. */
    void search(Lane lane, LaneStopReason stop);

    /** The entry has its outcome: tell the client. */
    void complete(LaneEntry entry, Completion completion);

    /** The router holds the entry's bytes no longer. */
    void settle(LaneEntry entry);

    /** A leader could not read the object. */
    void unreadable(WalObjectId object);

    /** An answer to an entry that the client was told has timed out. */
    void late(LaneEntry entry);
}
