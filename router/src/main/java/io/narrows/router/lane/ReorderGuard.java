package io.narrows.router.lane;

import io.narrows.router.lane.Completion.Cause;
import org.jspecify.annotations.Nullable;

/**
 * How batches came to a lane whose producer sends on several connections (RFC 0002, rule P9). A batch may overtake, on one
 * connection, the one before it on another; and a client may not know yet that the partition has another leader, and so
 * another node to send to. Both are refused once, as by a broker that does not lead, and an idempotent producer takes them
 * back into its order by itself. What comes again is its own decision. Owned by the router's loop.
 */
final class ReorderGuard {
    private static final int NO_LEADER = -1;

    /** Of how many batches of a producer a leader can tell that they came again (Kafka's ProducerStateEntry). */
    private static final int LEADER_REMEMBERS = 5;

    /** What was taken last. An earlier one that comes again counts: what came behind it before failed too, and will follow. */
    private @Nullable ProducerSequence last;

    private @Nullable ProducerSequence refused;
    private @Nullable Object connection;
    private int leaderId = NO_LEADER;

    /**
     * Why the batch, which has come by this way, is not taken; null if it is. {@code unanswered} are in the lane: a client
     * has no more than a leader remembers in flight on one connection, but may have on several.
     */
    @Nullable
    Cause refusal(ProducerSequence batch, ArrivalContext arrival, int unanswered) {
        boolean stale = isStale(arrival);
        connection = arrival.connection();
        leaderId = arrival.leaderId() < 0 ? leaderId : arrival.leaderId();
        boolean overtakes = overtakes(batch, arrival) || (unanswered >= LEADER_REMEMBERS && isNew(batch));
        boolean mayBeRefused = batch.isIdempotent() && arrival.oneOfSeveral() && !batch.equals(refused);
        if (mayBeRefused && (overtakes || stale)) {
            refused = batch;
            return overtakes ? Cause.OVERTAKING : Cause.LEADER_MOVED;
        }
        if (last == null || last.producerEpoch() <= batch.producerEpoch()) {
            last = batch;
        }
        return null;
    }

    /** A client that has gone on sending where it sent before the leader changed. */
    private boolean isStale(ArrivalContext arrival) {
        return connection == arrival.connection()
                && leaderId >= 0
                && arrival.leaderId() >= 0
                && leaderId != arrival.leaderId();
    }

    private boolean isNew(ProducerSequence batch) {
        return last == null || batch.isAfter(last);
    }

    private boolean overtakes(ProducerSequence batch, ArrivalContext arrival) {
        ProducerSequence before = last;
        if (before == null || before.producerId() != batch.producerId()) {
            return arrival.first() && batch.baseSequence() != 0;
        }
        if (before.producerEpoch() != batch.producerEpoch()) {
            return before.producerEpoch() < batch.producerEpoch() && batch.baseSequence() != 0;
        }
        return batch.isAfter(before) && !batch.isNextTo(before);
    }
}
