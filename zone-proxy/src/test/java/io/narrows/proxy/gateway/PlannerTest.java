package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.ProxyMember;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PlannerTest {
    private static Claim claim(String id, int nodeId, @Nullable Plan plan) {
        return claim(id, nodeId, plan, false, Claim.NOTHING_FINISHED);
    }

    private static Claim claim(String id, int nodeId, @Nullable Plan plan, boolean draining, long finished) {
        ProxyMember member = new ProxyMember(id, nodeId, 4, Map.of("P", new Endpoint(id, 9092)));
        return new Claim(member, 1, "1", draining, plan, finished);
    }

    private static Plan settled(long epoch, Plan of) {
        return new Plan(epoch, of.members(), of.before(), List.of());
    }

    private static Plan plan(List<Claim> claims) {
        return Planner.next(claims, GatewaySettings.ALL);
    }

    @Test
    void theSameNodeIdsAreGivenOnce() {
        Plan plan = plan(List.of(claim("a", 1000, null), claim("b", 1000, null), claim("c", 1002, null)));
        assertThat(plan.members()).extracting(ProxyMember::id).containsExactly("a", "b", "c");
        assertThat(plan.members().get(0).firstNodeId()).isEqualTo(1000);
        assertThat(plan.members().get(1).firstNodeId()).isEqualTo(NodeIds.madeUp("b", 0));
        assertThat(plan.members().get(2).firstNodeId()).isEqualTo(NodeIds.madeUp("c", 0));
    }

    @Test
    void aNewcomerDoesNotTakeTheNodeIdsOfAMember() {
        Plan first = settled(1, plan(List.of(claim("b", 1000, null))));
        Plan second = plan(List.of(claim("a", 1000, null), claim("b", 1000, first)));
        assertThat(second.members().get(1).firstNodeId()).isEqualTo(1000);
        assertThat(second.members().get(0).firstNodeId()).isEqualTo(NodeIds.madeUp("a", 0));
    }

    @Test
    void whoComesIsAwaitedWithAllOthersAndWhoIsGoneIsNot() {
        Plan one = settled(1, plan(List.of(claim("a", 1, null))));
        Plan two = plan(List.of(claim("a", 1, one), claim("b", 100, null)));
        assertThat(two.epoch()).isEqualTo(2);
        assertThat(two.before()).containsExactly("a");
        assertThat(two.awaited()).containsExactly("a", "b");

        Plan told = plan(List.of(claim("a", 1, two, false, 2), claim("b", 100, two)));
        assertThat(told.epoch()).isEqualTo(2);
        assertThat(told.awaited()).containsExactly("b");

        Plan gone = plan(List.of(claim("a", 1, told, false, 2)));
        assertThat(gone.ids()).containsExactly("a");
        assertThat(gone.settled()).isTrue();
    }

    @Test
    void onlyTheLeavingMemberIsAwaitedWhenOneDrains() {
        Plan plan = settled(5, plan(List.of(claim("a", 1, null), claim("b", 100, null), claim("c", 200, null))));
        Plan next = plan(List.of(
                claim("a", 1, plan), claim("b", 100, plan, true, Claim.NOTHING_FINISHED), claim("c", 200, plan)));
        assertThat(next.epoch()).isEqualTo(6);
        assertThat(next.ids()).containsExactly("a", "c");
        assertThat(next.awaited()).containsExactly("b");
    }

    @Test
    void aMemberThatWasAloneIsNoOwnerBefore() {
        Plan plan = settled(5, plan(List.of(claim("a", 1, null), claim("b", 100, null))));
        Plan next = plan(List.of(claim("a", 1, plan), claim("b", 100, null)));
        assertThat(next.epoch()).isEqualTo(6);
        assertThat(next.before()).containsExactly("a");
        assertThat(next.awaited()).containsExactly("a", "b");
    }

    @Test
    void whoStandsByTakesOverAndTheOneThatComesBackStandsBy() {
        List<Claim> three = List.of(claim("a", 1, null), claim("b", 100, null), claim("c", 200, null));
        Plan first = Planner.next(three, 1);
        assertThat(first.ids()).containsExactly("a");
        assertThat(first.awaited()).as("all of them took what came").containsExactly("a", "b", "c");

        Plan calm = settled(1, first);
        Plan died = Planner.next(List.of(claim("b", 100, calm), claim("c", 200, calm)), 1);
        assertThat(died.ids()).containsExactly("b");
        assertThat(died.before()).containsExactly("a");

        Plan over = settled(2, died);
        Plan back = Planner.next(List.of(claim("a", 1, null), claim("b", 100, over), claim("c", 200, over)), 1);
        assertThat(back.ids()).containsExactly("b");

        Plan drains =
                Planner.next(List.of(claim("b", 100, over, true, Claim.NOTHING_FINISHED), claim("c", 200, over)), 1);
        assertThat(drains.ids()).containsExactly("c");
    }

    @Test
    void aStandByThatLeavesMovesNothing() {
        Plan calm = settled(1, Planner.next(List.of(claim("a", 1, null), claim("b", 100, null)), 1));
        Plan left = Planner.next(List.of(claim("a", 1, calm), claim("b", 100, calm, true, 1)), 1);
        assertThat(left.epoch()).isEqualTo(calm.epoch());
        assertThat(left.settled()).isTrue();
    }
}
