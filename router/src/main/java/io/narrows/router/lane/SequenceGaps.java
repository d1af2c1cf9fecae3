package io.narrows.router.lane;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where idempotent producers are stuck in one partition: batches that failed, so that later ones, which their client sent
 * before it knew, must not reach the log (RFC 0002, rule P6). A leader that does not know the producer would take the first
 * one it sees for its first, and refuse the missing ones permanently.
 *
 * <p>A batch that failed and comes again was sent by a client that has read so; it sends again in order, so from then on the
 * order is its own decision, and the gap is forgotten. A batch that begins where a failed one began is that batch, split or
 * numbered anew by its client. That needs no clock, and costs a client that really goes on without
 * the missing batch one round trip. Of a client with several connections, one that was only slow may come after later ones
 * have failed: it is not one of those, and says nothing. Not thread-safe.
 */
public final class SequenceGaps {
    /** A client uses one producer id at a time; of more than this the one that failed first is forgotten. */
    private static final int MAX_PRODUCERS = 16;

    /** Maximum number of batches that clients have in flight for a partition, over all nodes of a proxy that may have been its. */
    private static final int MAX_FAILED = 64;

    /** By producer id, the batches of one epoch that its client has been or will be told have failed, oldest failure first. */
    private final Map<Long, List<ProducerSequence>> failed = new LinkedHashMap<>();

    /** The last one in its producer's sequence that is in the log; of several producers, the one that was last heard of. */
    private @Nullable ProducerSequence last;

    /** The batch is in the log. */
    void acknowledged(ProducerSequence batch) {
        if (batch.isIdempotent() && (last == null || !last.isOfSameEpoch(batch) || batch.isAfter(last))) {
            last = batch;
        }
    }

    /** Whether a batch of the same producer that is not before this one is in the log. */
    boolean isOvertaken(ProducerSequence batch) {
        return last != null && last.isOfSameEpoch(batch) && !batch.isAfter(last);
    }

    /** The batch has ended, and may not be in the log. */
    public void failed(ProducerSequence batch) {
        if (!batch.isIdempotent()) {
            return;
        }
        List<ProducerSequence> known = failed.computeIfAbsent(batch.producerId(), id -> new ArrayList<>());
        int epochs = known.isEmpty() ? 0 : batch.producerEpoch() - known.get(0).producerEpoch();
        if (epochs < 0 || known.contains(batch)) {
            return;
        }
        if (epochs > 0) {
            known.clear();
        } else if (known.size() == MAX_FAILED) {
            known.remove(0);
        }
        known.add(batch);
        if (failed.size() > MAX_PRODUCERS) {
            failed.remove(failed.keySet().iterator().next());
        }
    }

    /**
     * A batch has come from the client. True if it must fail because one before it is missing, and then it counts as
     * {@link #failed}. If it is one of those that failed, or of a newer epoch, its producer has no gap any more.
     */
    public boolean isBehind(ProducerSequence batch) {
        List<ProducerSequence> known = failed.isEmpty() ? null : failed.get(batch.producerId());
        if (known == null) {
            return false;
        }
        if (comesAgain(batch, known) || batch.producerEpoch() > known.get(0).producerEpoch()) {
            failed.remove(batch.producerId());
            return false;
        }
        if (known.stream().anyMatch(batch::isAfter)) {
            failed(batch);
            return true;
        }
        return false;
    }

    /** Whether the batch is one of those that failed: its client sends it again. */
    boolean comesAgain(ProducerSequence batch) {
        List<ProducerSequence> known = failed.get(batch.producerId());
        return known != null && comesAgain(batch, known);
    }

    private static boolean comesAgain(ProducerSequence batch, List<ProducerSequence> known) {
        return known.stream().anyMatch(one -> one.isOfSameEpoch(batch) && one.baseSequence() == batch.baseSequence());
    }

    public boolean isEmpty() {
        return failed.isEmpty();
    }
}
