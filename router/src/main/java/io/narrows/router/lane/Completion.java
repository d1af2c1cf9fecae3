package io.narrows.router.lane;

import io.narrows.relay.rpc.EntryResult;
import org.jspecify.annotations.Nullable;

/** How an entry ended. */
public sealed interface Completion {
    /** The leader's final answer. */
    record Answered(EntryResult result) implements Completion {}

    /** Ended by the proxy, with this Kafka error. */
    record Failed(Cause cause, short errorCode, @Nullable String message) implements Completion {}

    /** Why the proxy ended an entry. */
    enum Cause {
        DEADLINE,
        /** An earlier batch of the producer ended without being appended. */
        SEQUENCE_GAP,
        /** The producer's batch before it is on its way on another connection. */
        OVERTAKING,
        /** The client is to send to the node of the partition's new leader. */
        LEADER_MOVED,
        UNKNOWN_OUTCOME,
        TOPIC_GONE,
        NO_RELAY,
        CLOSED
    }
}
