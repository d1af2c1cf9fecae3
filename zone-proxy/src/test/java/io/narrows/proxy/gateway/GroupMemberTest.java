package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.relay.loop.ManualLoop;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

final class GroupMemberTest {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 60;

    private final ManualLoop loop = new ManualLoop(0);
    private final Random random = new Random(7);
    private final FakeGroup group = new FakeGroup(loop, random);
    private GatewaySettings settings = SimProxy.SETTINGS;

    private SimProxy start(String id) {
        SimProxy proxy = new SimProxy(id, 1, group, loop, random, settings);
        proxy.member.start();
        return proxy;
    }

    private void pass(long ms) {
        loop.advance(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    private static Assignment planOf(SimProxy proxy) {
        return Objects.requireNonNull(proxy.handover.plan());
    }

    private static long takenBy(SimProxy proxy) {
        return IntStream.range(0, PARTITIONS).filter(p -> proxy.takes(TOPIC, p)).count();
    }

    private static int partitionOf(SimProxy owner) {
        return IntStream.range(0, PARTITIONS)
                .filter(p -> owner.handover.owns(TOPIC, p))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aProxyAloneTakesEverythingBeforeAndAfterItHasJoined() {
        SimProxy a = start("a");
        assertThat(takenBy(a)).isEqualTo(PARTITIONS);
        pass(500);
        assertThat(planOf(a).ids()).containsExactly("a");
        assertThat(takenBy(a)).isEqualTo(PARTITIONS);
    }

    @Test
    void whatAnAnswerHasInItNeverEndsAMembership() {
        group.talkNonsense();
        SimProxy a = start("a");
        pass(5_000);
        assertThat(a.handover.plan()).isNull();
        assertThat(takenBy(a)).isEqualTo(PARTITIONS);

        group.talkSense();
        pass(61_000);

        assertThat(planOf(a).ids()).containsExactly("a");
    }

    @Test
    void threeProxiesShareThePartitionsAndShowTheSameCluster() {
        List<SimProxy> proxies = List.of(start("a"), start("b"), start("c"));
        pass(2_000);
        assertThat(proxies).allSatisfy(proxy -> {
            assertThat(planOf(proxy)).isEqualTo(planOf(proxies.get(0)));
            assertThat(planOf(proxy).settled()).isTrue();
            assertThat(takenBy(proxy)).isBetween(10L, 30L);
        });
        assertThat(proxies.stream().mapToLong(GroupMemberTest::takenBy).sum()).isEqualTo(PARTITIONS);
        assertThat(proxies.get(0).handover.layout().members().stream().map(ProxyMember::firstNodeId))
                .doesNotHaveDuplicates();
    }

    @Test
    void aSettledGroupStaysInItsRound() {
        start("a");
        start("b");
        pass(2_000);
        int generation = group.generation();
        pass(60_000);
        assertThat(group.generation()).isEqualTo(generation);
    }

    @Test
    void aMovedPartitionHasNoOwnerUntilTheOldOneHasFinished() {
        SimProxy a = start("a");
        pass(500);
        for (int p = 0; p < PARTITIONS; p++) {
            assertThat(a.handover.tryEnter(TOPIC, p)).isTrue();
        }
        SimProxy b = start("b");
        pass(2_000);
        assertThat(planOf(b).awaited()).containsExactly("a");
        int moving = partitionOf(b);
        assertThat(a.takes(TOPIC, moving)).isFalse();
        assertThat(b.takes(TOPIC, moving)).isFalse();
        int staying = partitionOf(a);
        assertThat(a.takes(TOPIC, staying)).isTrue();

        IntStream.range(0, PARTITIONS).filter(p -> b.handover.owns(TOPIC, p)).forEach(p -> a.handover.leave(TOPIC, p));
        pass(500);

        assertThat(planOf(b).settled()).isTrue();
        assertThat(b.takes(TOPIC, moving)).isTrue();
    }

    @Test
    void aMoveDoesNotWaitForeverForOneBatch() {
        SimProxy a = start("a");
        pass(500);
        for (int p = 0; p < PARTITIONS; p++) {
            assertThat(a.handover.tryEnter(TOPIC, p)).isTrue();
        }
        SimProxy b = start("b");
        pass(GroupMember.HANDOVER_LIMIT_MS + 2_000);
        assertThat(planOf(b).settled()).isTrue();
        assertThat(a.metrics.overdue.getCount()).isEqualTo(1);
    }

    @Test
    void aDrainingProxyHandsOverFinishesAndLeaves() {
        SimProxy a = start("a");
        SimProxy b = start("b");
        pass(2_000);
        int ofA = partitionOf(a);
        assertThat(a.handover.tryEnter(TOPIC, ofA)).isTrue();
        a.drain();
        pass(500);
        assertThat(a.left()).isFalse();
        assertThat(a.takes(TOPIC, ofA)).isFalse();
        assertThat(a.handover.layout().owner(TOPIC, ofA).id()).isEqualTo("b");
        assertThat(b.takes(TOPIC, ofA)).isFalse();
        a.handover.leave(TOPIC, ofA);
        pass(1_000);
        assertThat(a.left()).isTrue();
        assertThat(takenBy(a)).isZero();
        assertThat(takenBy(b)).isEqualTo(PARTITIONS);
        a.leave();
        pass(500);
        assertThat(group.size()).isEqualTo(1);
    }

    @Test
    void clientsOfADrainingProxyHearOfOthersWhenThoseTakeOver() {
        SimProxy a = start("a");
        SimProxy b = start("b");
        pass(2_000);
        int ofA = partitionOf(a);
        assertThat(a.handover.tryEnter(TOPIC, ofA)).isTrue();
        a.drain();
        pass(500);
        assertThat(a.takes(TOPIC, ofA)).isFalse();
        assertThat(a.handover.othersReady()).isNotDone();
        assertThat(b.handover.othersReady()).isDone();
        a.handover.leave(TOPIC, ofA);
        pass(500);
        assertThat(b.takes(TOPIC, ofA)).isTrue();
        assertThat(a.handover.othersReady()).isDone();
    }

    @Test
    void clientsOfADrainingProxyDoNotWaitForever() {
        SimProxy a = start("a");
        start("b");
        pass(2_000);
        assertThat(a.handover.tryEnter(TOPIC, partitionOf(a))).isTrue();
        a.drain();
        pass(500);
        var held = a.handover.othersReady();
        assertThat(held).isNotDone();
        pass(GroupMember.OTHERS_READY_LIMIT_MS);
        assertThat(held).isDone();
    }

    @Test
    void whoIsAwaitedIsToldOnceToFinishSoon() {
        SimProxy a = start("a");
        pass(2_000);
        AtomicInteger told = new AtomicInteger();
        a.handover.onHandOver(told::incrementAndGet);
        SimProxy b = start("b");
        pass(2_000);
        assertThat(told).hasValue(1);
        b.drain();
        pass(2_000);
        assertThat(told).as("nothing is to be handed over by it").hasValue(1);
    }

    @Test
    void theLastProxyHasNoSuccessor() {
        SimProxy a = start("a");
        pass(500);
        a.drain();
        pass(500);
        assertThat(a.left()).isTrue();
        assertThat(takenBy(a)).isEqualTo(PARTITIONS);
        a.member.close();
        pass(500);
        assertThat(group.size()).isZero();
    }

    @Test
    void aDeadProxysPartitionsMoveAtOnceWhenItsSessionIsOver() {
        SimProxy a = start("a");
        SimProxy b = start("b");
        SimProxy c = start("c");
        pass(2_000);
        a.dead = true;
        pass(SimProxy.SETTINGS.sessionTimeoutMs() + 300);
        assertThat(planOf(b).ids()).containsExactly("b", "c");
        assertThat(planOf(b).settled()).isTrue();
        assertThat(takenBy(b) + takenBy(c)).isEqualTo(PARTITIONS);
    }

    private static boolean mayOwnersBeLost(SimProxy... proxies) {
        List<Boolean> answers = Stream.of(proxies)
                .map(proxy -> proxy.member.mayOwnersBeLost())
                .distinct()
                .toList();
        assertThat(answers).as("all say the same").hasSize(1);
        return answers.get(0);
    }

    private List<SimProxy> startThree() {
        List<SimProxy> three = List.of(start("a"), start("b"), start("c"));
        pass(2_000);
        return three;
    }

    @Test
    void noOwnerIsLostWhenProxiesComeAndDrain() {
        SimProxy a = start("a");
        assertThat(mayOwnersBeLost(a)).as("before it knows of others").isTrue();
        pass(1_000);
        assertThat(mayOwnersBeLost(a)).isFalse();
        SimProxy b = start("b");
        SimProxy c = start("c");
        pass(2_000);
        assertThat(mayOwnersBeLost(a, b, c)).isFalse();
        assertThat(a.handover.tryEnter(TOPIC, partitionOf(a))).isTrue();
        int ofA = partitionOf(a);
        a.drain();
        pass(500);
        assertThat(mayOwnersBeLost(b, c)).isFalse();
        a.handover.leave(TOPIC, ofA);
        pass(500);
        assertThat(a.left()).isTrue();
        assertThat(mayOwnersBeLost(b, c)).isFalse();
        a.leave();
        pass(1_000);
        assertThat(group.size()).isEqualTo(2);
        assertThat(mayOwnersBeLost(b, c)).isFalse();
    }

    @Test
    void anOwnerThatDiesIsLostForAsLongAsClientsMayNotHaveHeard() {
        List<SimProxy> three = startThree();
        three.get(0).dead = true;
        pass(2_000);
        SimProxy b = three.get(1);
        SimProxy c = three.get(2);
        assertThat(mayOwnersBeLost(b, c)).isTrue();
        pass(LostOwners.REMEMBERED_MS - 2_000);
        assertThat(mayOwnersBeLost(b, c)).isTrue();
        pass(2_000);
        assertThat(mayOwnersBeLost(b, c)).isFalse();
    }

    @Test
    void anOwnerThatDiesWhileItDrainsIsLost() {
        List<SimProxy> three = startThree();
        SimProxy a = three.get(0);
        assertThat(a.handover.tryEnter(TOPIC, partitionOf(a))).isTrue();
        a.drain();
        pass(500);
        assertThat(mayOwnersBeLost(three.get(1), three.get(2))).isFalse();
        a.dead = true;
        pass(2_000);
        assertThat(planOf(three.get(1)).settled()).isTrue();
        assertThat(mayOwnersBeLost(three.get(1), three.get(2))).isTrue();
    }

    @Test
    void anOwnerThatGivesUpABatchCountsAsLost() {
        List<SimProxy> three = startThree();
        SimProxy a = three.get(0);
        assertThat(a.handover.tryEnter(TOPIC, partitionOf(a))).isTrue();
        a.drain();
        pass(GroupMember.HANDOVER_LIMIT_MS + 1_000);
        assertThat(a.left()).isTrue();
        assertThat(mayOwnersBeLost(three.get(1), three.get(2))).isTrue();
    }

    @Test
    void aGroupWhoseDataDoesNotSpeakOfLossesAssumesThem() {
        group.pick("rendezvous-1");
        settings = SimProxy.settings(GatewaySettings.ALL, MemberTrust.EVERYBODY);
        List<SimProxy> three = startThree();
        assertThat(planOf(three.get(0)).ids()).hasSize(3);
        assertThat(mayOwnersBeLost(three.toArray(new SimProxy[0]))).isTrue();
    }

    @Test
    void whatWasLostIsNotForgottenWhenOthersComeOrDrain() {
        List<SimProxy> three = startThree();
        three.get(0).dead = true;
        pass(2_000);
        SimProxy d = start("d");
        pass(2_000);
        SimProxy b = three.get(1);
        SimProxy c = three.get(2);
        assertThat(mayOwnersBeLost(b, c, d)).as("one came").isTrue();
        b.drain();
        pass(2_000);
        assertThat(b.left()).isTrue();
        b.member.close();
        pass(2_000);
        assertThat(mayOwnersBeLost(c, d)).as("one drained").isTrue();
        pass(LostOwners.REMEMBERED_MS - 9_000);
        assertThat(mayOwnersBeLost(c, d)).isTrue();
        pass(4_000);
        assertThat(mayOwnersBeLost(c, d)).as("no longer than that").isFalse();
    }

    @Test
    void anOwnerThatWasAloneIsLostFromTheTimeItComesBack() {
        List<SimProxy> three = startThree();
        SimProxy a = three.get(0);
        a.reachable = false;
        pass(3_000);
        assertThat(mayOwnersBeLost(three.toArray(new SimProxy[0]))).isTrue();
        pass(LostOwners.REMEMBERED_MS);
        assertThat(mayOwnersBeLost(three.get(1), three.get(2))).isFalse();
        assertThat(mayOwnersBeLost(a)).as("still alone").isTrue();
        assertThat(a.takes(TOPIC, 0)).isTrue();
        a.reachable = true;
        pass(2_000);
        assertThat(planOf(a).ids()).hasSize(3);
        assertThat(mayOwnersBeLost(three.toArray(new SimProxy[0]))).isTrue();
    }

    @Test
    void aNewcomerThatTookBatchesBeforeItHeardOfOthersCountsAsLost() {
        List<SimProxy> three = startThree();
        SimProxy d = start("d");
        assertThat(d.takes(TOPIC, 0)).isTrue();
        pass(2_000);
        assertThat(planOf(d).ids()).hasSize(4);
        assertThat(mayOwnersBeLost(three.get(0), three.get(1), three.get(2), d)).isTrue();
    }

    @Test
    void aProxyThatLosesTheGroupServesAloneAndIsAwaitedWhenItComesBack() {
        SimProxy a = start("a");
        SimProxy b = start("b");
        pass(2_000);
        a.reachable = false;
        pass(3_000);
        assertThat(a.handover.plan()).isNull();
        assertThat(takenBy(a)).isEqualTo(PARTITIONS);
        assertThat(a.metrics.alone.getCount()).isEqualTo(1);
        assertThat(takenBy(b)).isEqualTo(PARTITIONS);
        for (int p = 0; p < PARTITIONS; p++) {
            assertThat(a.handover.tryEnter(TOPIC, p)).isTrue();
        }
        a.reachable = true;
        pass(2_000);
        assertThat(planOf(a).awaited()).containsExactly("a");
        assertThat(b.takes(TOPIC, partitionOf(b))).isTrue();
        IntStream.range(0, PARTITIONS).forEach(p -> a.handover.leave(TOPIC, p));
        pass(1_000);
        assertThat(planOf(a).settled()).isTrue();
        assertThat(takenBy(a) + takenBy(b)).isEqualTo(PARTITIONS);
    }

    @Test
    void aRefusedProxyServesAlone() {
        group.refuse(Errors.GROUP_AUTHORIZATION_FAILED);
        SimProxy a = start("a");
        pass(2_000);
        assertThat(takenBy(a)).isEqualTo(PARTITIONS);
        group.refuse(null);
        pass(70_000);
        assertThat(planOf(a).ids()).containsExactly("a");
    }

    @Test
    void aProxyThatRestartsInTimeTakesThePlaceOfItsOldSelf() {
        SimProxy a = start("a");
        SimProxy b = start("b");
        pass(2_000);
        int firstNodeId = a.handover.layout().self().firstNodeId();
        a.dead = true;
        SimProxy again = new SimProxy("a", 2, group, loop, random);
        again.member.start();
        pass(5_000);
        assertThat(planOf(again).ids()).containsExactly("a", "b");
        assertThat(planOf(again).settled()).isTrue();
        assertThat(again.handover.layout().self().firstNodeId()).isEqualTo(firstNodeId);
        assertThat(takenBy(again) + takenBy(b)).isEqualTo(PARTITIONS);
    }
}
