package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.ProxyMember;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AssignorTest {
    private static MemberMetadata claim(String id, int nodeId, @Nullable Assignment plan) {
        return claim(id, nodeId, plan, false, MemberMetadata.NOTHING_FINISHED);
    }

    private static MemberMetadata claim(
            String id, int nodeId, @Nullable Assignment plan, boolean draining, long finished) {
        ProxyMember member = new ProxyMember(id, nodeId, 4, Map.of("P", new Endpoint(id, 9092)));
        return new MemberMetadata(member, 1, "1", draining, plan, finished, 0);
    }

    private static Assignment settled(long epoch, Assignment of) {
        return new Assignment(epoch, of.members(), of.before(), List.of(), of.lostOwnerMs());
    }

    private static Assignment plan(List<MemberMetadata> claims) {
        return Assignor.next(claims, GatewaySettings.ALL);
    }

    @Test
    void aProxyThatStartedAgainCountsWhateverItsClockSays() {
        Assignment one = settled(1, plan(List.of(claim("a", 1, null), claim("b", 100, null))));
        MemberMetadata before = new MemberMetadata(
                new ProxyMember("a", 1, 4, Map.of("P", new Endpoint("old", 9092))), 9, "1", false, one, 1, 0);
        MemberMetadata again = new MemberMetadata(
                new ProxyMember("a", 1, 4, Map.of("P", new Endpoint("new", 9092))), 2, "1", false, null, -1, 0);
        for (List<MemberMetadata> claims :
                List.of(List.of(before, again, claim("b", 100, one)), List.of(again, before, claim("b", 100, one)))) {
            Assignment plan = plan(claims);
            assertThat(plan.members().get(0).endpoints()).containsEntry("P", new Endpoint("new", 9092));
            assertThat(plan.awaited()).contains("a");
            assertThat(plan.lostOwnerMs()).isEqualTo(LostOwners.REMEMBERED_MS);
        }
    }

    @Test
    void theSameNodeIdsAreGivenOnce() {
        Assignment plan = plan(List.of(claim("a", 1000, null), claim("b", 1000, null), claim("c", 1002, null)));
        assertThat(plan.members()).extracting(ProxyMember::id).containsExactly("a", "b", "c");
        assertThat(plan.members().get(0).firstNodeId()).isEqualTo(1000);
        assertThat(plan.members().get(1).firstNodeId()).isEqualTo(NodeIds.madeUp("b", 0));
        assertThat(plan.members().get(2).firstNodeId()).isEqualTo(NodeIds.madeUp("c", 0));
    }

    @Test
    void aNewcomerDoesNotTakeTheNodeIdsOfAMember() {
        Assignment first = settled(1, plan(List.of(claim("b", 1000, null))));
        Assignment second = plan(List.of(claim("a", 1000, null), claim("b", 1000, first)));
        assertThat(second.members().get(1).firstNodeId()).isEqualTo(1000);
        assertThat(second.members().get(0).firstNodeId()).isEqualTo(NodeIds.madeUp("a", 0));
    }

    @Test
    void whoComesIsAwaitedWithAllOthersAndWhoIsGoneIsNot() {
        Assignment one = settled(1, plan(List.of(claim("a", 1, null))));
        Assignment two = plan(List.of(claim("a", 1, one), claim("b", 100, null)));
        assertThat(two.epoch()).isEqualTo(2);
        assertThat(two.before()).containsExactly("a");
        assertThat(two.awaited()).containsExactly("a", "b");

        Assignment told = plan(List.of(claim("a", 1, two, false, 2), claim("b", 100, two)));
        assertThat(told.epoch()).isEqualTo(2);
        assertThat(told.awaited()).containsExactly("b");

        Assignment gone = plan(List.of(claim("a", 1, told, false, 2)));
        assertThat(gone.ids()).containsExactly("a");
        assertThat(gone.settled()).isTrue();
    }

    @Test
    void onlyTheLeavingMemberIsAwaitedWhenOneDrains() {
        Assignment plan = settled(5, plan(List.of(claim("a", 1, null), claim("b", 100, null), claim("c", 200, null))));
        Assignment next = plan(List.of(
                claim("a", 1, plan),
                claim("b", 100, plan, true, MemberMetadata.NOTHING_FINISHED),
                claim("c", 200, plan)));
        assertThat(next.epoch()).isEqualTo(6);
        assertThat(next.ids()).containsExactly("a", "c");
        assertThat(next.awaited()).containsExactly("b");
    }

    @Test
    void aMemberThatWasAloneIsNoOwnerBefore() {
        Assignment plan = settled(5, plan(List.of(claim("a", 1, null), claim("b", 100, null))));
        Assignment next = plan(List.of(claim("a", 1, plan), claim("b", 100, null)));
        assertThat(next.epoch()).isEqualTo(6);
        assertThat(next.before()).containsExactly("a");
        assertThat(next.awaited()).containsExactly("a", "b");
    }

    @Test
    void whoStandsByTakesOverAndTheOneThatComesBackStandsBy() {
        List<MemberMetadata> three = List.of(claim("a", 1, null), claim("b", 100, null), claim("c", 200, null));
        Assignment first = Assignor.next(three, 1);
        assertThat(first.ids()).containsExactly("a");
        assertThat(first.awaited()).as("all of them took what came").containsExactly("a", "b", "c");

        Assignment calm = settled(1, first);
        Assignment died = Assignor.next(List.of(claim("b", 100, calm), claim("c", 200, calm)), 1);
        assertThat(died.ids()).containsExactly("b");
        assertThat(died.before()).containsExactly("a");

        Assignment over = settled(2, died);
        Assignment back = Assignor.next(List.of(claim("a", 1, null), claim("b", 100, over), claim("c", 200, over)), 1);
        assertThat(back.ids()).containsExactly("b");

        Assignment drains = Assignor.next(
                List.of(claim("b", 100, over, true, MemberMetadata.NOTHING_FINISHED), claim("c", 200, over)), 1);
        assertThat(drains.ids()).containsExactly("c");
    }

    private static Assignment settledOfThree() {
        return settled(5, plan(List.of(claim("a", 1, null), claim("b", 100, null), claim("c", 200, null))));
    }

    @Test
    void noOwnerIsLostByJoiningAndDraining() {
        Assignment three = settledOfThree();
        assertThat(three.lostOwnerMs()).isZero();
        MemberMetadata drains = claim("b", 100, three, true, MemberMetadata.NOTHING_FINISHED);
        Assignment handsOver = plan(List.of(claim("a", 1, three), drains, claim("c", 200, three)));
        assertThat(handsOver.lostOwnerMs()).isZero();
        MemberMetadata finished = claim("b", 100, handsOver, true, 6);
        Assignment handedOver = plan(List.of(claim("a", 1, handsOver), finished, claim("c", 200, handsOver)));
        assertThat(handedOver.settled()).isTrue();
        Assignment left = plan(List.of(claim("a", 1, handedOver), claim("c", 200, handedOver)));
        assertThat(left.lostOwnerMs()).isZero();
        Assignment comes = plan(List.of(claim("a", 1, left), claim("b", 100, null), claim("c", 200, left)));
        assertThat(comes.awaited()).containsExactly("a", "b", "c");
        assertThat(comes.lostOwnerMs()).isZero();
    }

    @Test
    void anOwnerThatIsGoneIsLost() {
        Assignment three = settledOfThree();
        Assignment died = plan(List.of(claim("a", 1, three), claim("c", 200, three)));
        assertThat(died.lostOwnerMs()).isEqualTo(LostOwners.REMEMBERED_MS);
    }

    @Test
    void anOwnerThatHasLostItsPlanOrStartedAnewIsLost() {
        Assignment three = settledOfThree();
        Assignment back = plan(List.of(claim("a", 1, three), claim("b", 100, null), claim("c", 200, three)));
        assertThat(back.lostOwnerMs()).isEqualTo(LostOwners.REMEMBERED_MS);
    }

    @Test
    void whoDiesWhileItDrainsIsLostUnlessItHasFinished() {
        Assignment three = settledOfThree();
        MemberMetadata drains = claim("b", 100, three, true, MemberMetadata.NOTHING_FINISHED);
        Assignment handsOver = plan(List.of(claim("a", 1, three), drains, claim("c", 200, three)));
        Assignment died = plan(List.of(claim("a", 1, handsOver), claim("c", 200, handsOver)));
        assertThat(died.settled()).isTrue();
        assertThat(died.lostOwnerMs()).isEqualTo(LostOwners.REMEMBERED_MS);

        MemberMetadata finished = claim("b", 100, handsOver, true, 6);
        Assignment heardByOne = plan(List.of(claim("a", 1, handsOver), finished, claim("c", 200, handsOver)));
        Assignment diedThen = plan(List.of(claim("a", 1, handsOver), claim("c", 200, heardByOne)));
        assertThat(diedThen.lostOwnerMs()).isZero();
    }

    @Test
    void whoDiesWhileOthersAreAwaitedIsLostIfItMayHaveTakenMore() {
        Assignment one = settled(1, plan(List.of(claim("a", 1, null))));
        Assignment comes = plan(List.of(claim("a", 1, one), claim("b", 100, null)));
        Assignment finished = plan(List.of(claim("a", 1, comes, false, 2), claim("b", 100, comes)));
        assertThat(finished.awaited()).containsExactly("b");
        assertThat(plan(List.of(claim("b", 100, finished))).lostOwnerMs())
                .as("the owner that goes on with what it keeps")
                .isEqualTo(LostOwners.REMEMBERED_MS);
        Assignment other = plan(List.of(claim("a", 1, comes), claim("b", 100, comes, false, 2)));
        assertThat(plan(List.of(claim("a", 1, other))).lostOwnerMs())
                .as("the newcomer that has nothing yet")
                .isZero();
    }

    @Test
    void whatOneRemembersAllDoUntilItIsOver() {
        Assignment three = settledOfThree();
        ProxyMember b = claim("b", 100, null).member();
        MemberMetadata remembers = new MemberMetadata(b, 1, "1", true, three, MemberMetadata.NOTHING_FINISHED, 1_000);
        Assignment drains = plan(List.of(claim("a", 1, three), remembers, claim("c", 200, three)));
        assertThat(drains.lostOwnerMs()).isEqualTo(1_000);
    }

    @Test
    void aStandByThatDiesIsNotMissed() {
        Assignment calm = settled(1, Assignor.next(List.of(claim("a", 1, null), claim("b", 100, null)), 1));
        Assignment left = Assignor.next(List.of(claim("a", 1, calm)), 1);
        assertThat(left.lostOwnerMs()).isZero();
    }

    @Test
    void aStandByThatLeavesMovesNothing() {
        Assignment calm = settled(1, Assignor.next(List.of(claim("a", 1, null), claim("b", 100, null)), 1));
        Assignment left = Assignor.next(List.of(claim("a", 1, calm), claim("b", 100, calm, true, 1)), 1);
        assertThat(left.epoch()).isEqualTo(calm.epoch());
        assertThat(left.settled()).isTrue();
    }
}
