package io.narrows.relay.admin;

/**
 * Bounds of a connection to the admin endpoint.
 *
 * @param connections at most at a time
 * @param requestMs from the connection to the whole first request
 * @param idleMs from an answer to the whole next request
 * @param answerMs from a whole request to its answer, read by the client
 */
record AdminDeadlines(int connections, long requestMs, long idleMs, long answerMs) {
    static final AdminDeadlines DEFAULT = new AdminDeadlines(64, 10_000, 60_000, 30_000);
}
