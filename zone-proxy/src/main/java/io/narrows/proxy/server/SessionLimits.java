package io.narrows.proxy.server;

/**
 * Bounds on one connection.
 *
 * @param maxOutstandingRequests unanswered requests at which reading stops
 * @param maxOutstandingBytes their bytes at which reading stops
 * @param maxIdleMs without a request or a response, after which the connection is closed
 * @param receiveTimeoutMs from the first to the last byte of a request
 * @param slowReaderTimeoutMs for a client that does not take its responses
 * @param maxPendingWriteBytes of responses the client has not taken, beyond which it is closed; also of those of all
 *     clients together, without records
 */
public record SessionLimits(
        int maxOutstandingRequests,
        long maxOutstandingBytes,
        long maxIdleMs,
        long receiveTimeoutMs,
        long slowReaderTimeoutMs,
        long maxPendingWriteBytes) {
    private static final long MAX_CHECK_INTERVAL_MS = 1_000;

    /** How often a connection looks at its clock. */
    long checkIntervalMs() {
        long shortest = Math.min(maxIdleMs, Math.min(receiveTimeoutMs, slowReaderTimeoutMs));
        return Math.max(1, Math.min(MAX_CHECK_INTERVAL_MS, shortest / 4));
    }
}
