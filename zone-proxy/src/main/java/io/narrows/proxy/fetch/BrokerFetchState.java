package io.narrows.proxy.fetch;

import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.RecordsAnswer;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.jspecify.annotations.Nullable;

/**
 * One broker's part of a client's fetches: at most one fetch in flight and, when its answer came between rounds, that
 * answer. Owned by the fetcher's loop; owns the held answer.
 */
final class BrokerFetchState {
    /** What was asked; an answer serves only who asks for the same. */
    record Asked(short version, byte isolationLevel, long atNanos, Map<FetchKey, Position> positions) {}

    /** Where a partition was read from, and as what the broker was asked. */
    record Position(FetchPartition partition, ReplicaSelector.Role role) {}

    /** A response that arrived without a waiting round. */
    record Held(Asked asked, RecordsAnswer<FetchResponseData> answer) {}

    final int brokerId;

    @Nullable
    Asked underWay;

    @Nullable
    Held held;

    private Loop.@Nullable Timer endOfHold;

    BrokerFetchState(int brokerId) {
        this.brokerId = brokerId;
    }

    boolean isIdle() {
        return underWay == null && held == null;
    }

    void hold(Held answer, Loop.Timer end) {
        held = answer;
        endOfHold = end;
    }

    /** The timer goes with the answer: it would keep the fields of all answers of the last seconds. */
    void dropHeld() {
        Held dropped = held;
        held = null;
        if (endOfHold != null) {
            endOfHold.cancel();
            endOfHold = null;
        }
        if (dropped != null) {
            boolean unused = dropped.answer().release();
        }
    }
}
