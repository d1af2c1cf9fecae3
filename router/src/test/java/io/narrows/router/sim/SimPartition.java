package io.narrows.router.sim;

import io.narrows.relay.rpc.AppendEntry;
import java.util.ArrayList;
import java.util.List;

/** The truth about one partition: who leads, the leader's log, and how much of it every in-sync replica has. */
final class SimPartition {
    final int index;
    final List<SimBatch> log = new ArrayList<>();
    int leaderId;
    int epoch;
    int highWatermark;

    SimPartition(int index, int leaderId) {
        this.index = index;
        this.leaderId = leaderId;
    }

    /** A follower takes over; it has what is committed and some of what is not. */
    void elect(int newLeader, int keptOffsets) {
        epoch++;
        leaderId = newLeader;
        while (log.size() > keptOffsets) {
            log.remove(log.size() - 1);
        }
        highWatermark = log.size();
    }

    /**
     * Kafka's check of a producer's sequence: the offset of the duplicate, -1 for the next, -2 for out of order; and rule
     * L11: -3 for a later batch than the first of a producer that it does not know.
     */
    int sequenceCheck(SimBatch batch, AppendEntry.Sequence allowed) {
        if (!batch.isIdempotent()) {
            return -1;
        }
        int last = -1;
        int seen = 0;
        for (int offset = log.size() - 1; offset >= 0 && seen < 5; offset--) {
            SimBatch other = log.get(offset);
            if (other.producerId() == batch.producerId()) {
                seen++;
                last = Math.max(last, other.sequence());
                if (other.sequence() == batch.sequence()) {
                    return offset;
                }
            }
        }
        if (seen == 0 && batch.sequence() != 0 && allowed == AppendEntry.Sequence.FIRST) {
            return -3;
        }
        // Without a state a broker takes any first sequence.
        return seen == 0 || batch.sequence() == last + 1 ? -1 : -2;
    }
}
