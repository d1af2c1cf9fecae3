package io.narrows.router.lane;

/**
 * Where an entry is on its way.
 *
 * <pre>
 *   RECEIVED --window staged--> STAGING --PUT ended--> READY --sent--> SENT --final answer--> ENDED
 *       |                          |                  ^    ^            | |
 *       +------window direct-------|------------------+    +--re-send---+ +--deadline--> ABANDONED --answer--> ENDED
 *       +------ deadline ----------+------------------+--------------------------------------------------> ENDED
 * </pre>
 */
public enum EntryState {
    /** In the open flush window. */
    RECEIVED,
    /** In an object that is being written. */
    STAGING,
    /** Its form is known; it waits for its turn. */
    READY,
    /** On its way to a leader or there, without answer. */
    SENT,
    /** The client was told REQUEST_TIMED_OUT, but the leader's answer still counts for the lane. */
    ABANDONED,
    /** Answered; its buffer is released. */
    ENDED
}
