package io.narrows.proxy.metadata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which proxies a client sees and which of them leads a partition. Immutable. */
public final class PartitionLayout {
    private final ProxyMember self;
    private final List<ProxyMember> members;
    private final @Nullable PartitionLayout oneNodeEach;

    private PartitionLayout(ProxyMember self, List<ProxyMember> members) {
        this.self = self;
        this.members = List.copyOf(members);
        boolean several = members.stream().anyMatch(member -> member.nodes() > 1);
        this.oneNodeEach = several
                ? new PartitionLayout(
                        self, members.stream().map(ProxyMember::asOneNode).toList())
                : null;
    }

    /** This proxy leads everything. */
    public static PartitionLayout alone(ProxyMember self) {
        return new PartitionLayout(self, List.of(self));
    }

    /** The members share the partitions; {@code self} need not be one of them. There is at least one. */
    public static PartitionLayout shared(ProxyMember self, List<ProxyMember> members) {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("a layout has no members, it needs at least one");
        }
        return new PartitionLayout(self, members);
    }

    public ProxyMember self() {
        return self;
    }

    public List<ProxyMember> members() {
        return members;
    }

    /** Whether clients are sent elsewhere: the others have taken over from this proxy, which stops. */
    public boolean isWithoutSelf() {
        return members.stream().noneMatch(member -> member.id().equals(self.id()));
    }

    /** The same for clients that take all nodes at one address for one. */
    PartitionLayout oneNodeEach() {
        return oneNodeEach == null ? this : oneNodeEach;
    }

    /**
     * The same without node ids of brokers, which are ascending: a proxy that has one gets the next ids that are free. Proxies
     * that know the same brokers agree.
     */
    PartitionLayout avoiding(int[] brokers) {
        List<ProxyMember> placed = new ArrayList<>();
        members.stream()
                .filter(member -> conflict(member, List.of(), brokers) < 0)
                .forEach(placed::add);
        if (placed.size() == members.size()) {
            return this;
        }
        List<ProxyMember> all = new ArrayList<>();
        for (ProxyMember member : members) {
            ProxyMember candidate = member;
            if (!placed.contains(member)) {
                for (int free = conflict(candidate, placed, brokers); free >= 0; ) {
                    candidate = candidate.withFirstNodeId(free);
                    free = conflict(candidate, placed, brokers);
                }
                placed.add(candidate);
            }
            all.add(candidate);
        }
        return new PartitionLayout(self, all);
    }

    /** The next id that may be free if one of the member's is not, otherwise -1. */
    private static int conflict(ProxyMember member, List<ProxyMember> placed, int[] brokers) {
        int end = member.firstNodeId() + member.nodes();
        int next = Arrays.binarySearch(brokers, member.firstNodeId());
        int index = next < 0 ? -next - 1 : next;
        if (index < brokers.length && brokers[index] < end) {
            return brokers[index] + 1;
        }
        for (ProxyMember other : placed) {
            int endOfOther = other.firstNodeId() + other.nodes();
            if (member.firstNodeId() < endOfOther && other.firstNodeId() < end) {
                return endOfOther;
            }
        }
        return -1;
    }

    public ProxyMember owner(String topic, int partition) {
        return members.size() == 1 ? members.get(0) : choose(RendezvousHash.key(topic, partition));
    }

    /** The owner of what is neither partition nor node: the controller's place, a group's coordinator. */
    ProxyMember owner(String name) {
        return members.size() == 1 ? members.get(0) : choose(RendezvousHash.key(name));
    }

    private ProxyMember choose(long key) {
        ProxyMember chosen = RendezvousHash.choose(members, ProxyMember::id, key);
        if (chosen == null) {
            throw new IllegalStateException("invariant violated: a layout has no members");
        }
        return chosen;
    }

    /** How a client that reached this proxy at {@code self} reaches the member: by the listener of the same name. */
    Endpoint endpoint(ProxyMember member, Endpoint reachedAt) {
        if (member.id().equals(self.id())) {
            return reachedAt;
        }
        String listener = self.listenerAt(reachedAt);
        Endpoint other = listener == null ? null : member.endpoints().get(listener);
        return other == null ? firstOf(member, reachedAt) : other;
    }

    private static Endpoint firstOf(ProxyMember member, Endpoint otherwise) {
        return member.endpoints().values().stream().findFirst().orElse(otherwise);
    }

    /** The member with the node; null when none has it. */
    @Nullable
    ProxyMember withNode(int node) {
        return members.stream()
                .filter(member -> node >= member.firstNodeId() && node < member.firstNodeId() + member.nodes())
                .findFirst()
                .orElse(null);
    }
}
