package io.narrows.router.produce;

import io.narrows.router.lane.SentForm;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.StoreCircuitBreaker;
import java.util.List;
import java.util.Map;

/** A snapshot of the produce path for the status page. */
public record RouterStatus(
        Lanes lanes,
        long heldBytes,
        Windows windows,
        StoreCircuitBreaker.Status s3,
        Map<SentForm, Long> batches,
        List<Link> links) {
    /** Client connections, their lanes, and lanes with entries in flight. */
    public record Lanes(int connections, int lanes, int active) {}

    /** The flush window and what the policy knows; hop bytes are bytes times transfers between zones saved. */
    public record Windows(PathMode mode, long pendingBytes, int putsUnderWay, double savedHopBytesPerSecond) {}

    /**
     * The relay connection to a leader.
     *
     * @param unanswered frames
     * @param reads the circuit breaker for its reads of the store
     * @param said the leader's last word
     */
    public record Link(int brokerId, String state, int unanswered, StoreCircuitBreaker.Status reads, String said) {}
}
