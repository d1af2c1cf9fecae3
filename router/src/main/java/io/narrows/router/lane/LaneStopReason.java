package io.narrows.router.lane;

import io.narrows.relay.rpc.EntryResult;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Why a lane has to find its leader (again), in rising order of how much must be found out first. When several answers
 * stop a lane, the highest counts.
 */
public enum LaneStopReason {
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

    /** Why the answer stops the lane; null when a Kafka client would take it as final. */
    static @Nullable LaneStopReason after(EntryResult result) {
        return switch (result.relayError()) {
            case NONE -> after(Errors.forCode(result.errorCode()));
            case INVALID_MESSAGE -> null;
            case BUSY -> BUSY;
            case OBJECT_UNREADABLE, STALE_LANE, LANE_STOPPED -> SAME_LEADER;
            case UNSUPPORTED_VERSION, WRONG_CLUSTER, FENCED_WRITER, WRITER_BEHIND, NOT_AUTHORIZED -> UNREACHABLE;
        };
    }

    private static @Nullable LaneStopReason after(Errors error) {
        return switch (error) {
            case NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, KAFKA_STORAGE_ERROR -> WRONG_LEADER;
            case UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID -> UNKNOWN_TOPIC;
            default -> null;
        };
    }

    LaneStopReason max(LaneStopReason other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
