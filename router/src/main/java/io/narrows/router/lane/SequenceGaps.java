package io.narrows.router.lane;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a connection's idempotent producers are stuck in one partition: batches that failed, so that later ones, which
 * their client sent before it knew, must not reach the log (RFC 0002, rule P6). A leader that does not know the producer
 * would take the first one it sees for its first, and refuse the missing ones for ever.
 *
 * <p>Answers on a connection are read in their order. So once a batch comes a second time the client has read of all that
 * failed before; from then on the order is its own decision, and the gap is forgotten. That needs no clock, and costs a
 * client that really goes on without the missing batch one round trip. Not thread-safe.
 */
public final class SequenceGaps {
    /** A client uses one producer id at a time; of more than this the one that failed first is forgotten. */
    private static final int MAX_PRODUCERS = 16;

    /** By producer id, the last batch that its client has been or will be told has failed. */
    private final Map<Long, ProducerSequence> lastFailed = new LinkedHashMap<>();

    /** The batch has ended, and may not be in the log. */
    public void failed(ProducerSequence batch) {
        if (!batch.isIdempotent()) {
            return;
        }
        ProducerSequence known = lastFailed.get(batch.producerId());
        boolean newer = known != null && known.producerEpoch() < batch.producerEpoch();
        if (known == null || newer || batch.isAfter(known)) {
            lastFailed.put(batch.producerId(), batch);
            if (lastFailed.size() > MAX_PRODUCERS) {
                lastFailed.remove(lastFailed.keySet().iterator().next());
            }
        }
    }

    /**
     * A batch has come from the client. True if it must fail because one before it is missing, and then it counts as
     * {@link #failed}. Otherwise its producer has no gap any more.
     */
    public boolean isBehind(ProducerSequence batch) {
        ProducerSequence last = lastFailed.isEmpty() ? null : lastFailed.get(batch.producerId());
        if (last == null) {
            return false;
        }
        if (batch.isAfter(last)) {
            failed(batch);
            return true;
        }
        if (batch.producerEpoch() >= last.producerEpoch()) {
            lastFailed.remove(batch.producerId());
        }
        return false;
    }

    public boolean isEmpty() {
        return lastFailed.isEmpty();
    }
}
