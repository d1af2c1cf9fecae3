package io.narrows.proxy.gateway;

import io.narrows.proxy.metadata.ProxyMember;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy tells the group each time it joins. Immutable.
 *
 * @param member as it wants to be seen, or is
 * @param incarnation of two claims with one proxy id, both with or both without a plan, the greater one counts
 * @param version of the program, for people
 * @param plan the assignment it follows; null while it takes batches of every partition
 * @param finishedEpoch the epoch of the last plan for which it has finished what was not its own any more; -1: none
 * @param lostOwnerMs for how long it reckons with batches that no proxy has waited for, its own among them; 0: it does not
 */
record MemberMetadata(
        ProxyMember member,
        long incarnation,
        String version,
        boolean draining,
        @Nullable Assignment plan,
        long finishedEpoch,
        int lostOwnerMs) {
    static final long NOTHING_FINISHED = -1;

    String id() {
        return member.id();
    }

    /** The same of a proxy that follows no assignment yet: it may have taken batches of any partition. */
    MemberMetadata asOfNewcomer() {
        return new MemberMetadata(member, incarnation, version, draining, null, NOTHING_FINISHED, lostOwnerMs);
    }
}
