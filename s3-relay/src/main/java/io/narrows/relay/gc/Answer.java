package io.narrows.relay.gc;

import java.util.Set;

/**
 * What a broker says to a round.
 *
 * @param holdMs for how long the account remembers references that went
 * @param brokers all registered brokers that the answering one knows
 * @param account what it refers to; complete only if it is READY
 */
public record Answer(long round, int broker, State state, long holdMs, Set<Integer> brokers, Account account) {
    /** Whether the broker can give an account. */
    public enum State {
        READY,
        /** It does not know yet what it dropped before it was started. */
        STARTING,
        /** A log directory is offline, with logs that nobody has read. */
        DISK_OFFLINE
    }

    public Answer {
        brokers = Set.copyOf(brokers);
    }
}
