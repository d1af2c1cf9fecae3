package io.narrows.proxy.gateway;

import io.narrows.proxy.gateway.GatewayCodec.MalformedGroupDataException;
import io.narrows.proxy.metadata.ProxyMember;
import io.narrows.relay.loop.Loop;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This proxy's membership in the gateway's group: Kafka's classic protocol, as a state machine. Owned by the router's
 * loop. Sets the plan of the {@link PartitionOwnership}, which it shares with all sessions.
 *
 * <pre>
 *   OUTSIDE --start--> JOINING --answer--> SYNCING --plan--> MEMBER --left, closed, or alone while it drains--> LEFT
 *                       ^  ^ |refused, unreachable   |        |
 *                       |  +-+ after a pause         |        |
 *                       +---- round over ------------+        |
 *                       +---- round begins, plan, or what this proxy has to say, has changed
 * </pre>
 *
 * <p>The plan stays while the member joins again. Without a sign of the coordinator for the session timeout, or when it
 * does not know this member any more, the plan is dropped: the proxy serves alone, and goes on joining.
 */
final class GroupMember {
    private static final Logger LOG = LoggerFactory.getLogger(GroupMember.class);

    static final long HANDOVER_LIMIT_MS = 10_000;
    private static final short JOIN_VERSION = 7;
    private static final short SYNC_VERSION = 5;
    private static final short HEARTBEAT_VERSION = 4;
    private static final short LEAVE_VERSION = 4;
    private static final long UNSETTLED_HEARTBEAT_MS = 30;

    /** How long clients of a draining proxy wait at most to hear that they are to look elsewhere. */
    static final long OTHERS_READY_LIMIT_MS = 3_000;

    private static final long RETRY_MS = 100;
    private static final long REFUSED_RETRY_MS = 30_000;
    private static final int NO_GENERATION = -1;

    private final Dependencies dependencies;
    private final Loop loop;
    private final GroupRequests requests;
    private final LostOwners lostOwners;
    private final AtomicBoolean checkScheduled = new AtomicBoolean();
    private final CompletableFuture<Void> handedOver = new CompletableFuture<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();

    private State state = State.OUTSIDE;
    private ProxyMember self;
    private String memberId = "";
    private int generation = NO_GENERATION;
    private long lastContact;
    private long finishedEpoch = MemberMetadata.NOTHING_FINISHED;
    private long overdueEpoch = MemberMetadata.NOTHING_FINISHED;
    private int membershipEpoch;
    private boolean draining;
    private @Nullable MemberMetadata sentMetadata;
    private long calls;
    private Loop.@Nullable Timer next;
    private Loop.@Nullable Timer watch;

    private enum State {
        OUTSIDE,
        JOINING,
        SYNCING,
        MEMBER,
        LEFT
    }

    /** What the member works with. */
    record Dependencies(
            GatewaySettings settings,
            Identity identity,
            Loop loop,
            GroupCalls calls,
            PartitionOwnership handover,
            GatewayMetrics metrics,
            Random random) {}

    /** Who this proxy is to the others. */
    record Identity(ProxyMember self, long incarnation, String version) {}

    GroupMember(Dependencies dependencies) {
        this.dependencies = dependencies;
        this.loop = dependencies.loop();
        this.lostOwners = new LostOwners(loop);
        this.requests = new GroupRequests(
                dependencies.calls().groupId(),
                dependencies.settings().sessionTimeoutMs(),
                dependencies.settings().trust());
        this.self = dependencies.identity().self();
        dependencies.handover().onLeave(() -> {
            if (checkScheduled.compareAndSet(false, true)) {
                loop.execute(() -> {
                    checkScheduled.set(false);
                    republishMetadata();
                });
            }
        });
    }

    void start() {
        loop.assertInLoop();
        lastContact = loop.nanoTime();
        watch();
        join();
    }

    /**
     * Completes when others have taken over all partitions, or there is no proxy to hand over to. It stays a member until it
     * {@link #leave leaves}: others may not have heard yet that it has finished, and would count it as lost.
     */
    CompletableFuture<Void> drain() {
        loop.assertInLoop();
        draining = true;
        if (dependencies.handover().plan() == null) {
            CompletableFuture<Void> unused = leave();
        } else {
            republishMetadata();
        }
        return handedOver;
    }

    boolean isMember() {
        return dependencies.handover().plan() != null;
    }

    /**
     * Whether batches may be in flight at another proxy that no proxy has waited for, so that a producer's first one here may
     * not be next to what it has sent. Alone, a proxy cannot know.
     */
    boolean mayOwnersBeLost() {
        loop.assertInLoop();
        return dependencies.handover().plan() == null || lostOwners.leftMs() > 0;
    }

    /** Leaves without a word to those who would take over, if it has not left yet. */
    void close() {
        CompletableFuture<Void> unused = leave();
        dependencies.calls().close();
    }

    // Joining.

    private void join() {
        if (state == State.LEFT) {
            return;
        }
        state = State.JOINING;
        cancelNext();
        MemberMetadata claim = new MemberMetadata(
                self,
                dependencies.identity().incarnation(),
                dependencies.identity().version(),
                draining,
                dependencies.handover().plan(),
                finishedEpoch,
                dependencies.handover().tookAlone() ? LostOwners.REMEMBERED_MS : lostOwners.leftMs());
        sentMetadata = claim;
        JoinGroupRequestData request = requests.join(memberId, generation, claim);
        call(
                ApiKeys.JOIN_GROUP,
                JOIN_VERSION,
                request,
                2L * dependencies.settings().sessionTimeoutMs(),
                answer -> {
                    JoinGroupResponseData joined = (JoinGroupResponseData) answer;
                    onJoined(joined, Errors.forCode(joined.errorCode()));
                });
    }

    private void onJoined(JoinGroupResponseData joined, Errors error) {
        if (error == Errors.MEMBER_ID_REQUIRED) {
            memberId = joined.memberId();
            join();
        } else if (error != Errors.NONE) {
            onError(error);
        } else {
            memberId = joined.memberId();
            generation = joined.generationId();
            if (metadataOutdated()) {
                join();
                return;
            }
            contact();
            sync(
                    joined,
                    joined.leader().equals(memberId)
                            ? requests.assignments(
                                    joined, dependencies.settings().maxOwners(), dependencies.metrics().distrusted::inc)
                            : List.of());
        }
    }

    /** Whether this proxy has served alone since it sent the assignment that it follows. */
    private boolean metadataOutdated() {
        return sentMetadata != null
                && sentMetadata.plan() != null
                && dependencies.handover().plan() == null;
    }

    private void sync(JoinGroupResponseData joined, List<SyncGroupRequestAssignment> assignments) {
        state = State.SYNCING;
        SyncGroupRequestData request = requests.sync(joined, assignments);
        call(ApiKeys.SYNC_GROUP, SYNC_VERSION, request, dependencies.settings().sessionTimeoutMs(), answer -> {
            SyncGroupResponseData synced = (SyncGroupResponseData) answer;
            Errors error = Errors.forCode(synced.errorCode());
            if (error == Errors.NONE && metadataOutdated()) {
                join();
            } else if (error == Errors.NONE) {
                onSynced(synced.assignment());
            } else {
                onError(error);
            }
        });
    }

    private void onSynced(byte[] assignment) {
        contact();
        Assignment plan;
        try {
            plan = requests.plan(assignment, memberId, generation);
        } catch (MalformedGroupDataException e) {
            dependencies.metrics().distrusted.inc();
            LOG.atWarn()
                    .addKeyValue("group", requests.groupId())
                    .addKeyValue("reason", e.getMessage())
                    .log("Gateway assignment rejected, serving alone: it is not signed by a proxy of this zone, or"
                            + " settings differ. Compare gateway.secrets and gateway.member.endpoints, and protect"
                            + " the group with an ACL");
            serveAlone();
            retryIn(REFUSED_RETRY_MS);
            return;
        }
        state = State.MEMBER;
        dependencies.metrics().rebalances.inc();
        adopt(plan);
        if (draining && sentMetadata != null && sentMetadata.draining() && plan.settled()) {
            // Or there is no other proxy. One that joins before the end gets the partitions.
            handedOver.complete(null);
        }
        heartbeatLater();
        republishMetadata();
    }

    private void adopt(Assignment plan) {
        Assignment held = dependencies.handover().plan();
        lostOwners.rememberFor(plan.lostOwnerMs());
        if (held != null && plan.epoch() < held.epoch()) {
            return;
        }
        plan.members().stream()
                .filter(member -> member.id().equals(self.id()))
                .findFirst()
                .ifPresent(member -> self = member);
        if (dependencies.handover().adopt(plan, self)) {
            lostOwners.lost();
        }
        CompletableFuture<Void> ready = dependencies.handover().othersReady();
        if (!ready.isDone()) {
            Loop.Timer unused =
                    loop.schedule(TimeUnit.MILLISECONDS.toNanos(OTHERS_READY_LIMIT_MS), () -> ready.complete(null));
        }
        if (!plan.equals(held)) {
            LOG.atInfo()
                    .addKeyValue("epoch", plan.epoch())
                    .addKeyValue("members", plan.ids())
                    .addKeyValue("before", plan.before())
                    .addKeyValue("awaited", plan.awaited())
                    .addKeyValue("lostOwnerMs", plan.lostOwnerMs())
                    .log("Gateway assignment changed");
        }
        if (!plan.settled() && (held == null || held.epoch() != plan.epoch())) {
            int epoch = membershipEpoch;
            Loop.Timer unused = loop.schedule(TimeUnit.MILLISECONDS.toNanos(HANDOVER_LIMIT_MS), () -> {
                if (epoch == membershipEpoch) {
                    overdueEpoch = Math.max(overdueEpoch, plan.epoch());
                    republishMetadata();
                }
            });
        }
    }

    /** Joins again when the group needs newer metadata of this proxy. */
    private void republishMetadata() {
        Assignment plan = dependencies.handover().plan();
        if (plan != null
                && finishedEpoch < plan.epoch()
                && plan.awaited().contains(self.id())
                && (dependencies.handover().finished() || overdueEpoch >= plan.epoch())) {
            if (!dependencies.handover().finished()) {
                dependencies.metrics().overdue.inc();
                lostOwners.lost();
                LOG.atWarn()
                        .addKeyValue("epoch", plan.epoch())
                        .log("Handover deadline exceeded: partitions move with batches still in flight");
            }
            finishedEpoch = plan.epoch();
        }
        boolean outdated = sentMetadata == null
                || sentMetadata.finishedEpoch() < finishedEpoch
                || sentMetadata.draining() != draining;
        if (outdated && state == State.MEMBER) {
            join();
        }
    }

    // Heartbeats.

    private void heartbeatLater() {
        Assignment plan = dependencies.handover().plan();
        boolean waiting = (plan != null && !plan.settled()) || draining;
        long intervalMs = dependencies.settings().heartbeatIntervalMs();
        in(waiting ? Math.min(UNSETTLED_HEARTBEAT_MS, intervalMs) : intervalMs, this::heartbeat);
    }

    private void heartbeat() {
        HeartbeatRequestData request = requests.heartbeat(memberId, generation);
        long timeoutMs = Math.max(1, dependencies.settings().sessionTimeoutMs() / 3);
        call(ApiKeys.HEARTBEAT, HEARTBEAT_VERSION, request, timeoutMs, answer -> {
            Errors error = Errors.forCode(((HeartbeatResponseData) answer).errorCode());
            if (error == Errors.NONE) {
                contact();
                heartbeatLater();
            } else {
                onError(error);
            }
        });
    }

    private void contact() {
        lastContact = loop.nanoTime();
    }

    private void watch() {
        watch = loop.schedule(
                TimeUnit.MILLISECONDS.toNanos(dependencies.settings().heartbeatIntervalMs()), () -> {
                    // The coordinator may hold a JoinGroup until all others have joined or their time is over, and a
                    // SyncGroup
                    // until the leader has sent the plan.
                    long rounds = state == State.MEMBER ? 1 : 2;
                    long limit = rounds
                            * TimeUnit.MILLISECONDS.toNanos(
                                    dependencies.settings().sessionTimeoutMs());
                    if (dependencies.handover().plan() != null && loop.nanoTime() - lastContact > limit) {
                        LOG.atWarn()
                                .addKeyValue("group", requests.groupId())
                                .log("Gateway group is unreachable, serving alone");
                        serveAlone();
                        if (state == State.MEMBER) {
                            join();
                        }
                    }
                    watch();
                });
    }

    private void serveAlone() {
        if (handedOver.isDone() && dependencies.handover().layout().isWithoutSelf()) {
            CompletableFuture<Void> unused = leave();
            return;
        }
        if (dependencies.handover().plan() != null) {
            dependencies.metrics().alone.inc();
            lostOwners.lost();
        }
        // Epochs begin anew when a group does.
        finishedEpoch = MemberMetadata.NOTHING_FINISHED;
        overdueEpoch = MemberMetadata.NOTHING_FINISHED;
        membershipEpoch++;
        dependencies.handover().serveAlone(self);
        if (draining) {
            CompletableFuture<Void> unused = leave();
        }
    }

    // Errors.

    private void onError(Errors error) {
        switch (error) {
            case REBALANCE_IN_PROGRESS -> {
                contact();
                join();
            }
            case ILLEGAL_GENERATION -> join();
            case UNKNOWN_MEMBER_ID -> {
                LOG.atWarn()
                        .addKeyValue("group", requests.groupId())
                        .log("Gateway group has removed this member, joining again");
                forgetMembership();
                serveAlone();
                retryIn(RETRY_MS);
            }
            case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, COORDINATOR_LOAD_IN_PROGRESS -> {
                dependencies.calls().forgetCoordinator();
                retryIn(RETRY_MS);
            }
            default -> {
                if (error.exception() instanceof RetriableException) {
                    retryIn(RETRY_MS);
                    return;
                }
                LOG.atWarn()
                        .addKeyValue("group", requests.groupId())
                        .addKeyValue("error", error)
                        .log("Gateway group rejected this member, serving alone");
                forgetMembership();
                serveAlone();
                retryIn(REFUSED_RETRY_MS);
            }
        }
    }

    private void forgetMembership() {
        memberId = "";
        generation = NO_GENERATION;
    }

    /** Heartbeats go on where they failed; everything else begins anew with JoinGroup. */
    private void retryIn(long pauseMs) {
        long jittered = pauseMs + (long) (dependencies.random().nextDouble() * pauseMs);
        if (state == State.MEMBER && dependencies.handover().plan() != null) {
            in(jittered, this::heartbeat);
        } else {
            in(jittered, this::join);
        }
    }

    // Leaving.

    /** Completes when the group has heard of it, or does not answer. */
    CompletableFuture<Void> leave() {
        loop.assertInLoop();
        if (state == State.LEFT) {
            return left;
        }
        state = State.LEFT;
        handedOver.complete(null);
        cancelNext();
        if (watch != null) {
            watch.cancel();
        }
        if (!memberId.isEmpty()) {
            dependencies
                    .calls()
                    .send(
                            ApiKeys.LEAVE_GROUP,
                            LEAVE_VERSION,
                            requests.leave(memberId),
                            dependencies.settings().sessionTimeoutMs(),
                            (answer, failure) -> left.complete(null));
        } else {
            left.complete(null);
        }
        return left;
    }

    // Calls and timers. One call is in flight; an answer that comes after the next was sent is ignored.

    private interface OnAnswer {
        void accept(ApiMessage answer);
    }

    private void call(ApiKeys api, short version, ApiMessage request, long timeoutMs, OnAnswer onAnswer) {
        long number = ++calls;
        dependencies.calls().send(api, version, request, timeoutMs, (answer, failure) -> {
            if (number != calls || state == State.LEFT) {
                return;
            }
            if (answer != null) {
                work(onAnswer, answer);
            } else {
                LOG.atDebug().addKeyValue("api", api).setCause(failure).log("No response from the gateway group");
                retryIn(RETRY_MS);
            }
        });
    }

    /** Whatever an answer has in it, there is a next step. */
    private void work(OnAnswer onAnswer, ApiMessage answer) {
        try {
            onAnswer.accept(answer);
        } catch (RuntimeException e) {
            dependencies.metrics().distrusted.inc();
            LOG.atError()
                    .addKeyValue("group", requests.groupId())
                    .setCause(e)
                    .log("Response of the gateway group could not be processed, serving alone until the next join");
            serveAlone();
            retryIn(REFUSED_RETRY_MS);
        }
    }

    private void in(long delayMs, Runnable task) {
        cancelNext();
        if (state == State.LEFT) {
            return;
        }
        next = loop.schedule(TimeUnit.MILLISECONDS.toNanos(delayMs), () -> {
            next = null;
            task.run();
        });
    }

    private void cancelNext() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }
}
