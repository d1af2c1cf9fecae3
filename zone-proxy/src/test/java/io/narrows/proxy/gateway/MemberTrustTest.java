package io.narrows.proxy.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import io.narrows.proxy.metadata.Endpoint;
import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.relay.loop.ManualLoop;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;

/** Proxies whose group others have joined too: clients of a broker, and proxies with another secret. */
final class MemberTrustTest {
    private static final Endpoint ELSEWHERE = new Endpoint("elsewhere.zone", 9092);
    private static final MemberMetadata FOREIGN = new MemberMetadata(
            new ProxyMember("zz", 64 * 77, 9, Map.of("CLIENTS", ELSEWHERE)),
            Long.MAX_VALUE,
            "1",
            false,
            null,
            MemberMetadata.NOTHING_FINISHED,
            0);

    private final ManualLoop loop = new ManualLoop(0);
    private final Random random = new Random(7);
    private final FakeGroup group = new FakeGroup(loop, random);

    private SimProxy start(String id, MemberTrust trust) {
        SimProxy proxy = new SimProxy(id, 1, group, loop, random, SimProxy.settings(GatewaySettings.ALL, trust));
        proxy.member.start();
        return proxy;
    }

    private void pass(long ms) {
        loop.advance(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    /** Joins as any client of a broker may, and gives members its own plan when it leads. */
    private final class Intruder {
        private final GroupCalls calls = group.calls(() -> true, () -> {});
        private final byte[] claim;
        private String memberId = "";

        private Intruder(byte[] claim) {
            this.claim = claim;
        }

        private void join() {
            JoinGroupRequestData request = new JoinGroupRequestData()
                    .setGroupId("group")
                    .setMemberId(memberId)
                    .setSessionTimeoutMs(60_000)
                    .setProtocolType("narrows-gateway");
            request.protocols()
                    .add(new JoinGroupRequestProtocol().setName("rendezvous-4").setMetadata(claim));
            calls.send(ApiKeys.JOIN_GROUP, (short) 7, request, 60_000, (answer, failure) -> {
                JoinGroupResponseData joined = (JoinGroupResponseData) Objects.requireNonNull(answer);
                memberId = joined.memberId();
                if (joined.generationId() > 0) {
                    sync(joined);
                } else {
                    join();
                }
            });
        }

        private void sync(JoinGroupResponseData joined) {
            SyncGroupRequestData request = new SyncGroupRequestData()
                    .setGroupId("group")
                    .setGenerationId(joined.generationId())
                    .setMemberId(memberId);
            byte[] plan = GatewayCodec.encode(
                    new Assignment(1_000, List.of(FOREIGN.member()), List.of(), List.of(), 0), GatewayCodec.VERSION);
            joined.members()
                    .forEach(member -> request.assignments()
                            .add(new SyncGroupRequestAssignment()
                                    .setMemberId(member.memberId())
                                    .setAssignment(plan)));
            calls.send(ApiKeys.SYNC_GROUP, (short) 5, request, 60_000, (answer, failure) -> heartbeat(joined));
        }

        private void heartbeat(JoinGroupResponseData joined) {
            HeartbeatRequestData request = new HeartbeatRequestData()
                    .setGroupId("group")
                    .setMemberId(memberId)
                    .setGenerationId(joined.generationId());
            calls.send(ApiKeys.HEARTBEAT, (short) 4, request, 60_000, (answer, failure) -> {
                if (((HeartbeatResponseData) Objects.requireNonNull(answer)).errorCode() == 0) {
                    heartbeat(joined);
                } else {
                    join();
                }
            });
        }
    }

    private static List<String> shownBy(SimProxy proxy) {
        return proxy.handover.layout().members().stream().map(ProxyMember::id).toList();
    }

    @Test
    void whoHasNoSecretIsLeftOutOfThePlan() {
        SimProxy a = start("a", SimProxy.SEALED);
        SimProxy b = start("b", SimProxy.SEALED);
        pass(2_000);
        for (byte[] claim : List.of(
                GatewayCodec.encode(FOREIGN, GatewayCodec.VERSION),
                SimProxy.trust("stolen").encode(FOREIGN, GatewayCodec.VERSION, "group", "m9", 1))) {
            new Intruder(claim).join();
        }
        pass(2_000);
        assertThat(group.size()).isEqualTo(4);
        assertThat(List.of(a, b)).allSatisfy(proxy -> assertThat(shownBy(proxy)).containsExactly("a", "b"));
        assertThat(a.metrics.distrusted.getCount() + b.metrics.distrusted.getCount())
                .isPositive();
    }

    @Test
    void aLeaderWithoutTheSecretRedirectsNoClient() {
        new Intruder(GatewayCodec.encode(FOREIGN, GatewayCodec.VERSION)).join();
        pass(500);
        SimProxy a = start("a", SimProxy.SEALED);
        pass(2_000);
        assertThat(shownBy(a)).containsExactly("a");
        assertThat(a.member.isMember()).as("it serves alone").isFalse();
        assertThat(a.metrics.distrusted.getCount()).isPositive();
    }

    @Test
    void aClaimOfAnotherMemberIsNotBelieved() {
        byte[] sealed = SimProxy.SEALED.encode(FOREIGN, GatewayCodec.VERSION, "group", "m0", 3);
        new Intruder(sealed).join();
        start("a", SimProxy.SEALED);
        SimProxy b = start("b", SimProxy.SEALED);
        pass(20_000);
        assertThat(shownBy(b)).doesNotContain("zz");
    }

    @Test
    void anOldClaimOfAMemberCountsAsThatOfANewcomer() {
        Assignment plan = new Assignment(9, List.of(FOREIGN.member()), List.of(), List.of(), 0);
        MemberMetadata finished = new MemberMetadata(FOREIGN.member(), 1, "1", false, plan, 9, 0);
        byte[] sealed = SimProxy.SEALED.encode(finished, GatewayCodec.VERSION, "group", "m0", 3);
        assertThat(SimProxy.SEALED.claim(sealed, "group", "m0", 4)).isEqualTo(finished);
        for (int generation : new int[] {1, 3, 5, 100}) {
            assertThat(SimProxy.SEALED.claim(sealed, "group", "m0", generation)).isEqualTo(finished.asOfNewcomer());
        }
    }

    /** A group that all members have left is deleted, and its generations begin with 1 again. */
    @Test
    void aPlanOfAnotherMemberIsNotBelievedInItsGeneration() {
        MemberTrust trust = SimProxy.SEALED;
        Assignment plan = new Assignment(9, List.of(FOREIGN.member()), List.of(), List.of(), 0);
        byte[] sealed = trust.encode(plan, GatewayCodec.VERSION, "group", "m0", 3);
        assertThat(trust.plan(sealed, "group", "m0", 3)).isEqualTo(plan);
        for (String memberId : List.of("m1", "", "m")) {
            assertThatThrownBy(() -> trust.plan(sealed, "group", memberId, 3))
                    .isInstanceOf(MalformedGroupDataException.class);
        }
        assertThatThrownBy(() -> trust.plan(sealed, "group", "m0", 4)).isInstanceOf(MalformedGroupDataException.class);
    }

    @Test
    void aPlanIsNoClaimAndAClaimNoPlan() {
        MemberTrust trust = SimProxy.SEALED;
        byte[] claim = trust.encode(FOREIGN, GatewayCodec.VERSION, "group", "m0", 3);
        Assignment plan = new Assignment(9, List.of(FOREIGN.member()), List.of(), List.of(), 0);
        byte[] sealedPlan = trust.encode(plan, GatewayCodec.VERSION, "group", "m0", 3);
        assertThatThrownBy(() -> trust.plan(claim, "group", "m0", 3)).isInstanceOf(MalformedGroupDataException.class);
        assertThatThrownBy(() -> trust.claim(sealedPlan, "group", "m0", 4))
                .isInstanceOf(MalformedGroupDataException.class);
    }

    @Test
    void aPlanOfAGroupThatWasDeletedCannotBeSentAgain() {
        SimProxy before = start("old", SimProxy.SEALED);
        pass(2_000);
        byte[] recorded = group.assignment();
        int generation = group.generation();
        before.leave();
        pass(1_000);
        assertThat(group.size()).isZero();
        group.beginAnew();
        group.replay(recorded, generation);
        SimProxy a = start("a", SimProxy.SEALED);
        pass(2_000);
        assertThat(shownBy(a)).as("generation %s of both groups", generation).containsExactly("a");
        assertThat(a.metrics.distrusted.getCount()).isPositive();
    }

    @Test
    void endpointsThatDoNotMatchAreLeftOutAlsoWithTheSecret() {
        MemberTrust strict = new MemberTrust(SimProxy.SEALED.seal(), Pattern.compile("CLIENTS://[ab]\\.zone:9092"));
        SimProxy a = start("a", strict);
        pass(500);
        SimProxy c = start("c", SimProxy.SEALED);
        pass(3_000);
        assertThat(shownBy(a)).containsExactly("a");
        assertThat(shownBy(c)).as("it stands by").containsExactly("a");
    }

    @Test
    void withoutASecretThePatternStillHolds() {
        MemberTrust open = new MemberTrust(Optional.empty(), Pattern.compile("CLIENTS://[ab]\\.zone:9092"));
        group.pick("rendezvous-2");
        SimProxy a = start("a", open);
        pass(500);
        SimProxy b = start("b", open);
        SimProxy c = start("c", MemberTrust.EVERYBODY);
        pass(3_000);
        assertThat(shownBy(a)).containsExactly("a", "b");
        assertThat(shownBy(b)).containsExactly("a", "b");
        assertThat(c.handover.layout().isWithoutSelf()).isTrue();
    }
}
