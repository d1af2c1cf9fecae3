package io.narrows.broker.gc.collector;

import java.util.Map;

/**
 * The response of a broker to a round.
 *
 * @param round 0 for the first object that a process writes, which only says that it has taken the broker's place
 * @param brokers epochs of all registered brokers that the answering one knows, by id
 * @param account what it refers to; complete only if the state is READY
 */
public record Answer(
        long round, Respondent from, State state, Memory memory, Map<Integer, Long> brokers, ReferenceReport account) {
    /** Whether the broker can give an account. */
    public enum State {
        READY,
        /** It does not know what it dropped before it was started, or may have fetches from before a suspension. */
        STARTING,
        /** A log directory is offline, with logs that cannot be read. */
        DISK_OFFLINE,
        /** The account would be larger than an answer may be. */
        TOO_LARGE
    }

    /** Which process answers. */
    public record Respondent(int broker, Registration registration) {}

    /**
     * @param holdMs for how long the account remembers references that were dropped
     * @param expectedMs the store's time at which this answer should be written, reckoned from earlier answers with the
     *     broker's monotonic clock; 0 when there is none
     */
    public record Memory(long holdMs, long expectedMs) {}

    public Answer {
        brokers = Map.copyOf(brokers);
    }

    public int broker() {
        return from.broker();
    }

    Answer withoutAccount() {
        return new Answer(round, from, state, memory, brokers, new ReferenceReport());
    }
}
