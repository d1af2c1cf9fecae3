package io.narrows.router.produce;

import io.narrows.router.lane.LaneEntry;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/** One Produce request under way: collects the outcomes of its batches. Owned by the router's loop once handed over. */
final class PendingCall implements LaneEntry.Origin, Runnable {
    private final ConnectionLanes client;
    private final ProduceCall call;
    private final long receivedAt;
    private final CompletableFuture<List<BatchOutcome>> future = new CompletableFuture<>();
    private final BatchOutcome[] outcomes;
    private int missing;

    PendingCall(ConnectionLanes client, ProduceCall call, long receivedAt) {
        this.client = client;
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

    /** The hand-over to the loop. */
    @Override
    public void run() {
        if (missing == 0) {
            future.complete(List.of());
        } else {
            client.accept(this);
        }
    }

    void complete(int index, BatchOutcome outcome) {
        outcomes[index] = outcome;
        if (--missing == 0) {
            future.complete(Arrays.asList(outcomes));
        }
    }
}
