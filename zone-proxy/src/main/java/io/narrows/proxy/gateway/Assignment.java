package io.narrows.proxy.gateway;

import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.proxy.metadata.RendezvousHash;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the group has agreed on: who shares the partitions, who did before, and who may still have batches to finish of
 * partitions that are not its own any more. Immutable.
 *
 * @param epoch grows with each change of the members
 * @param members in the order of their ids
 * @param before ids of the members of the last settled plan that still stand for what they took
 * @param awaited ids of the proxies that must say that they have finished; empty: settled
 * @param lostOwnerMs for how long its members reckon with batches of former owners that no proxy has waited for; 0: there are none
 */
record Assignment(long epoch, List<ProxyMember> members, List<String> before, List<String> awaited, int lostOwnerMs) {
    Assignment {
        members = List.copyOf(members);
        before = List.copyOf(before);
        awaited = List.copyOf(awaited);
    }

    boolean settled() {
        return awaited.isEmpty();
    }

    List<String> ids() {
        return members.stream().map(ProxyMember::id).toList();
    }

    boolean hasMember(String id) {
        return members.stream().anyMatch(member -> member.id().equals(id));
    }

    boolean owns(String id, String topic, int partition) {
        return id.equals(owner(ids(), topic, partition));
    }

    /** Whether the proxy takes batches of the partition: it is its own, and no other proxy may have some in flight. */
    boolean takes(String id, String topic, int partition) {
        return owns(id, topic, partition) && (settled() || id.equals(owner(before, topic, partition)));
    }

    /** Ids of those that may have taken batches, and have not said that they have finished what was not their own. */
    Set<String> unfinished() {
        Set<String> unfinished = new HashSet<>(ids());
        if (!settled()) {
            unfinished.retainAll(before);
            unfinished.addAll(awaited);
        }
        return unfinished;
    }

    private static String owner(List<String> ids, String topic, int partition) {
        String owner = RendezvousHash.choose(ids, candidate -> candidate, RendezvousHash.key(topic, partition));
        return owner == null ? "" : owner;
    }
}
