package io.narrows.router.produce;

import io.narrows.router.lane.LaneEntry;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/** One Produce request in flight: collects the outcomes of its batches. Owned by the router's loop once handed over. */
final class PendingCall implements LaneEntry.Origin {
    private final ProduceCall call;
    private final long receivedAt;
    private final CompletableFuture<List<BatchOutcome>> future = new CompletableFuture<>();
    private final BatchOutcome[] outcomes;
    private int missing;

    PendingCall(ProduceCall call, long receivedAt) {
        this.call = call;
        this.receivedAt = receivedAt;
        this.outcomes = new BatchOutcome[call.batches().size()];
        this.missing = outcomes.length;
    }

    @Override
    public Errors sequenceGap() {
        return call.sequenceGap();
    }

    ProduceCall call() {
        return call;
    }

    long receivedAt() {
        return receivedAt;
    }

    CompletableFuture<List<BatchOutcome>> future() {
        return future;
    }

    /** Completes a request without batches; false for one that has some. */
    boolean completeIfEmpty() {
        return outcomes.length == 0 && future.complete(List.of());
    }

    void complete(int index, BatchOutcome outcome) {
        outcomes[index] = outcome;
        if (--missing == 0) {
            future.complete(Arrays.asList(outcomes));
        }
    }
}
