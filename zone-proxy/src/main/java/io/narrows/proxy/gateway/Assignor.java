package io.narrows.proxy.gateway;

import io.narrows.proxy.metadata.ProxyMember;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the next plan of a group from the claims of its members: the work of the group's leader. Stateless. */
final class Assignor {
    private Assignor() {}

    /** There is at least one claim. At most {@code maxOwners} proxies own partitions; the others stand by. */
    static Assignment next(Collection<MemberMetadata> all, int maxOwners) {
        Map<String, MemberMetadata> claims = newest(all);
        Assignment current = claims.values().stream()
                .map(MemberMetadata::plan)
                .filter(plan -> plan != null)
                .max(Comparator.comparingLong(Assignment::epoch)
                        .thenComparing(plan -> plan.awaited().size(), Comparator.reverseOrder()))
                .orElse(null);
        List<MemberMetadata> serving =
                claims.values().stream().filter(claim -> !claim.draining()).toList();
        if (serving.isEmpty()) {
            // No proxy could take over, so leaving members continue until they are gone.
            serving = List.copyOf(claims.values());
        }
        serving = owners(serving, current, maxOwners);
        Set<String> ids = serving.stream().map(MemberMetadata::id).collect(Collectors.toSet());
        boolean sameMembers = current != null && Set.copyOf(current.ids()).equals(ids);
        boolean strangers = claims.values().stream().anyMatch(claim -> isStranger(claim, current));
        List<ProxyMember> members = members(serving, current);
        int lostOwnerMs = lostOwnerMs(claims, current);
        if (current != null && sameMembers && !strangers) {
            return new Assignment(
                    current.epoch(), members, current.before(), stillAwaited(current, claims), lostOwnerMs);
        }
        List<String> before = before(current, claims);
        long epoch = current == null ? 1 : current.epoch() + 1;
        return new Assignment(epoch, members, before, awaited(claims, ids, before, current), lostOwnerMs);
    }

    /** Who owns partitions goes on with it, so that who comes moves none; then the next in the order of ids. */
    private static List<MemberMetadata> owners(
            List<MemberMetadata> serving, @Nullable Assignment current, int maxOwners) {
        return serving.stream()
                .sorted(Comparator.comparing(
                        (MemberMetadata claim) -> current == null || !current.hasMember(claim.id())))
                .limit(maxOwners)
                .toList();
    }

    /** By proxy id. */
    private static Map<String, MemberMetadata> newest(Collection<MemberMetadata> all) {
        Map<String, MemberMetadata> claims = new TreeMap<>();
        for (MemberMetadata claim : all) {
            claims.merge(claim.id(), claim, Assignor::newer);
        }
        return claims;
    }

    /**
     * Of two claims with one id. The later start has no plan yet, whatever its clock says, and may have taken batches of any
     * partition: to believe the other one would skip the wait for them. Only between equals the incarnation decides.
     */
    private static MemberMetadata newer(MemberMetadata a, MemberMetadata b) {
        if ((a.plan() == null) != (b.plan() == null)) {
            return a.plan() == null ? a : b;
        }
        return a.incarnation() > b.incarnation() ? a : b;
    }

    /** Whether the proxy took batches of any partition and no plan has looked after them yet. */
    private static boolean isStranger(MemberMetadata claim, @Nullable Assignment current) {
        boolean newcomer = current != null
                && current.awaited().contains(claim.id())
                && !current.before().contains(claim.id());
        return claim.plan() == null && !newcomer;
    }

    /**
     * Who is gone, or has lost its plan, has left batches that no proxy waits for; and so may those before, for a while. A
     * newcomer that is still awaited has nothing but what it took alone, and has told.
     */
    private static int lostOwnerMs(Map<String, MemberMetadata> claims, @Nullable Assignment current) {
        boolean lost = current != null
                && current.unfinished().stream()
                        .filter(id -> current.settled() || current.before().contains(id))
                        .map(claims::get)
                        .anyMatch(claim -> claim == null || claim.plan() == null);
        return lost
                ? LostOwners.REMEMBERED_MS
                : claims.values().stream()
                        .mapToInt(MemberMetadata::lostOwnerMs)
                        .max()
                        .orElse(0);
    }

    /** Who has gone is not awaited: what it had taken ends without it. */
    private static List<String> stillAwaited(Assignment current, Map<String, MemberMetadata> claims) {
        return current.awaited().stream()
                .filter(id -> claims.containsKey(id) && claims.get(id).finishedEpoch() < current.epoch())
                .toList();
    }

    /** A proxy without a plan took batches of any partition, so it is no owner before. */
    private static List<String> before(@Nullable Assignment current, Map<String, MemberMetadata> claims) {
        if (current == null) {
            return List.of();
        }
        List<String> before = current.settled() ? current.ids() : current.before();
        return before.stream()
                .filter(id -> !claims.containsKey(id) || claims.get(id).plan() != null)
                .toList();
    }

    /** Those that may have something to finish of partitions that are not their own: who has handed over has not. */
    private static List<String> awaited(
            Map<String, MemberMetadata> claims, Set<String> ids, List<String> before, @Nullable Assignment current) {
        if (claims.size() == 1) {
            return List.of();
        }
        boolean gains = !before.containsAll(ids);
        Set<String> unfinished = current == null ? Set.of() : current.unfinished();
        return claims.values().stream()
                .filter(claim -> claim.plan() == null || unfinished.contains(claim.id()))
                .map(MemberMetadata::id)
                .filter(id -> gains || !ids.contains(id))
                .toList();
    }

    /** In the order of ids. Who has node ids keeps them; newcomers get what they want, or the next that are free. */
    private static List<ProxyMember> members(List<MemberMetadata> serving, @Nullable Assignment current) {
        List<ProxyMember> placed = new ArrayList<>();
        List<ProxyMember> newcomers = new ArrayList<>();
        for (MemberMetadata claim : serving) {
            ProxyMember known = current == null
                    ? null
                    : current.members().stream()
                            .filter(member -> member.id().equals(claim.id()))
                            .findFirst()
                            .orElse(null);
            if (known != null && known.endpoints().equals(claim.member().endpoints())) {
                placed.add(claim.member().withFirstNodeId(known.firstNodeId()));
            } else {
                newcomers.add(claim.member());
            }
        }
        for (ProxyMember newcomer : newcomers) {
            ProxyMember candidate = newcomer;
            for (int attempt = 0; overlaps(candidate, placed); attempt++) {
                candidate = newcomer.withFirstNodeId(NodeIds.madeUp(newcomer.id(), attempt));
            }
            placed.add(candidate);
        }
        placed.sort(Comparator.comparing(ProxyMember::id));
        return placed;
    }

    private static boolean overlaps(ProxyMember candidate, List<ProxyMember> placed) {
        return placed.stream()
                .anyMatch(other -> candidate.firstNodeId() < other.firstNodeId() + other.nodes()
                        && other.firstNodeId() < candidate.firstNodeId() + candidate.nodes());
    }
}
