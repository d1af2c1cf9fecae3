package io.narrows.router.lane;

/**
 * How a batch came to its lane. Immutable.
 *
 * @param connection of the client; compared by identity
 * @param leaderId the partition's leader as it is known; -1: none
 * @param oneOfSeveral whether its producer sends on other connections too, here or at another proxy
 * @param first whether the producer had sent nothing to the partition before, which is at another proxy since lately
 */
public record ArrivalContext(Object connection, int leaderId, boolean oneOfSeveral, boolean first) {}
