package io.narrows.proxy.gateway;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ResponseReader;
import io.narrows.router.upstream.Upstream;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator of one group by Kafka's classic protocol: rounds that wait for every member, sessions that expire, ids
 * that must be asked for. Requests and answers take random times, but those of one proxy keep their order. What a proxy
 * that is cut off sends is lost. Lives on a {@link ManualLoop}.
 */
final class FakeGroup {
    private static final int MAX_DELAY_MS = 15;

    private final ManualLoop loop;
    private final Random random;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Set<String> pending = new HashSet<>();
    private int generation;
    private int ids;
    private String leader = "";
    private String protocol = "rendezvous-4";
    private boolean joining;
    private boolean assigned;
    private @Nullable Errors refusal;
    private boolean nonsense;
    private byte @Nullable [] replayed;
    private int replayedGeneration;

    private final class Member {
        private final String id;
        private byte[] metadata = new byte[0];
        private byte[] assignment = new byte[0];
        private int sessionMs;
        private long seenAt;
        private @Nullable Consumer<ApiMessage> join;
        private @Nullable Consumer<ApiMessage> sync;

        private Member(String id) {
            this.id = id;
        }

        private void seen() {
            seenAt = loop.nanoTime();
        }
    }

    FakeGroup(ManualLoop loop, Random random) {
        this.loop = loop;
        this.random = random;
        expireSessions();
    }

    @Override
    public String toString() {
        return "generation " + generation + (joining ? " joining " : " ") + members.keySet();
    }

    int size() {
        return members.size();
    }

    int generation() {
        return generation;
    }

    /** The group has a member that knows no other. */
    void pick(String onlyProtocol) {
        protocol = onlyProtocol;
    }

    /** What its first member has been told. */
    byte[] assignment() {
        return members.values().iterator().next().assignment;
    }

    /** Without members it was deleted: its generations are counted from 1 again. */
    void beginAnew() {
        generation = 0;
    }

    /** Members of the generation are told this, whatever their leader says. */
    void replay(byte[] assignment, int ofGeneration) {
        replayed = assignment;
        replayedGeneration = ofGeneration;
    }

    /** Everything but LeaveGroup is answered with the error; null: no more. */
    void refuse(@Nullable Errors error) {
        refusal = error;
    }

    /** Its answers to leaders are what no coordinator sends. */
    void talkNonsense() {
        nonsense = true;
    }

    void talkSense() {
        nonsense = false;
    }

    /** {@code onHeard} runs when the proxy hears that it is a member, and what the plan is. */
    GroupCalls calls(BooleanSupplier reachable, Runnable onHeard) {
        Line line = new Line(reachable, onHeard);
        return new GroupCalls("group", loop, line, line.own);
    }

    private void expireSessions() {
        var unused = loop.schedule(TimeUnit.MILLISECONDS.toNanos(20), () -> {
            List<String> dead = new ArrayList<>();
            for (Member member : members.values()) {
                boolean waits = member.join != null || member.sync != null;
                long silentMs = TimeUnit.NANOSECONDS.toMillis(loop.nanoTime() - member.seenAt);
                if (!waits && silentMs > member.sessionMs) {
                    dead.add(member.id);
                }
            }
            dead.forEach(this::remove);
            expireSessions();
        });
    }

    private void remove(String id) {
        Member gone = members.remove(id);
        if (gone != null) {
            prepare();
            maybeComplete();
        }
    }

    private void prepare() {
        joining = true;
        for (Member member : members.values()) {
            if (member.sync != null) {
                member.sync.accept(new SyncGroupResponseData().setErrorCode(Errors.REBALANCE_IN_PROGRESS.code()));
                member.sync = null;
                member.seen();
            }
        }
    }

    private void maybeComplete() {
        if (!joining || members.isEmpty() || members.values().stream().anyMatch(member -> member.join == null)) {
            return;
        }
        joining = false;
        assigned = false;
        generation++;
        if (!members.containsKey(leader)) {
            leader = members.keySet().iterator().next();
        }
        for (Member member : members.values()) {
            JoinGroupResponseData response = new JoinGroupResponseData()
                    .setGenerationId(generation)
                    .setLeader(leader)
                    .setProtocolName(protocol)
                    .setMemberId(member.id);
            if (member.id.equals(leader)) {
                members.values()
                        .forEach(each -> response.members()
                                .add(new JoinGroupResponseMember()
                                        .setMemberId(each.id)
                                        .setMetadata(nonsense ? null : each.metadata)));
            }
            Consumer<ApiMessage> answer = member.join;
            member.join = null;
            member.seen();
            if (answer != null) {
                answer.accept(response);
            }
        }
    }

    private void handle(ApiMessage request, Consumer<ApiMessage> answer) {
        if (request instanceof JoinGroupRequestData join) {
            join(join, answer);
        } else if (request instanceof SyncGroupRequestData sync) {
            sync(sync, answer);
        } else if (request instanceof HeartbeatRequestData beat) {
            Errors error = refusal != null ? refusal : check(beat.memberId(), beat.generationId());
            answer.accept(new HeartbeatResponseData().setErrorCode(error.code()));
        } else {
            ((LeaveGroupRequestData) request).members().forEach(member -> remove(member.memberId()));
            answer.accept(new LeaveGroupResponseData());
        }
    }

    private void join(JoinGroupRequestData join, Consumer<ApiMessage> answer) {
        if (refusal != null) {
            answer.accept(new JoinGroupResponseData().setErrorCode(refusal.code()));
        } else if (join.memberId().isEmpty()) {
            String id = "m" + ids++;
            boolean unused = pending.add(id);
            answer.accept(new JoinGroupResponseData()
                    .setErrorCode(Errors.MEMBER_ID_REQUIRED.code())
                    .setMemberId(id));
        } else {
            Member member = members.get(join.memberId());
            if (member == null && !pending.remove(join.memberId())) {
                answer.accept(new JoinGroupResponseData().setErrorCode(Errors.UNKNOWN_MEMBER_ID.code()));
                return;
            }
            admit(join, member == null ? new Member(join.memberId()) : member, answer);
        }
    }

    private void admit(JoinGroupRequestData join, Member member, Consumer<ApiMessage> answer) {
        members.put(member.id, member);
        member.sessionMs = join.sessionTimeoutMs();
        member.metadata = join.protocols().find(protocol).metadata();
        member.seen();
        member.join = answer;
        prepare();
        maybeComplete();
    }

    private Errors check(String id, int of) {
        Member member = members.get(id);
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        member.seen();
        if (joining) {
            return Errors.REBALANCE_IN_PROGRESS;
        }
        return of == generation ? Errors.NONE : Errors.ILLEGAL_GENERATION;
    }

    private void sync(SyncGroupRequestData sync, Consumer<ApiMessage> answer) {
        Errors error = refusal != null ? refusal : check(sync.memberId(), sync.generationId());
        Member member = members.get(sync.memberId());
        if (error != Errors.NONE || member == null) {
            answer.accept(new SyncGroupResponseData().setErrorCode(error.code()));
            return;
        }
        member.sync = answer;
        if (sync.memberId().equals(leader) && !assigned) {
            byte[] old = replayed;
            boolean replays = old != null && generation == replayedGeneration;
            sync.assignments()
                    .forEach(each -> members.get(each.memberId()).assignment = replays ? old : each.assignment());
            assigned = true;
        }
        if (assigned) {
            for (Member each : members.values()) {
                if (each.sync != null) {
                    each.sync.accept(new SyncGroupResponseData().setAssignment(each.assignment));
                    each.sync = null;
                    each.seen();
                }
            }
        }
    }

    /** One proxy's way to the group. */
    private final class Line implements Upstream {
        private final BooleanSupplier reachable;
        private final Runnable onHeard;
        private long lastAt;
        private final ClientUpstream own = new ClientUpstream() {
            @Override
            @SuppressWarnings("unchecked")
            public <T> CompletableFuture<T> send(Use use, int brokerId, Request request, ResponseReader<T> reader) {
                CompletableFuture<ApiMessage> response = new CompletableFuture<>();
                var unused = loop.schedule(
                        TimeUnit.MILLISECONDS.toNanos(request.timeoutMs()),
                        () -> response.completeExceptionally(new DisconnectException("no answer in time")));
                inOrder(() -> handle(request.message(), answer -> inOrder(() -> answer(response, answer))));
                return (CompletableFuture<T>) response;
            }

            @Override
            public void introduce(String softwareName, String softwareVersion) {}

            @Override
            public int fetchBytes(String clientId) {
                return Integer.MAX_VALUE;
            }

            @Override
            public void pauseFetches() {}

            @Override
            public void resumeFetches() {}

            @Override
            public void close() {}
        };

        private Line(BooleanSupplier reachable, Runnable onHeard) {
            this.reachable = reachable;
            this.onHeard = onHeard;
        }

        private void answer(CompletableFuture<ApiMessage> response, ApiMessage answer) {
            boolean late = !response.complete(answer);
            boolean heard = answer instanceof HeartbeatResponseData beat && beat.errorCode() == 0
                    || answer instanceof SyncGroupResponseData sync && sync.errorCode() == 0;
            if (!late && heard) {
                onHeard.run();
            }
        }

        private void inOrder(Runnable delivery) {
            if (!reachable.getAsBoolean()) {
                return;
            }
            long delay = TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(MAX_DELAY_MS));
            lastAt = Math.max(lastAt, loop.nanoTime() + delay);
            var unused = loop.schedule(lastAt - loop.nanoTime(), () -> {
                if (reachable.getAsBoolean()) {
                    delivery.run();
                }
            });
        }

        @Override
        public CompletableFuture<ApiMessage> send(
                Target target, ApiKeys api, short version, String clientId, ApiMessage request) {
            if (!reachable.getAsBoolean()) {
                return CompletableFuture.failedFuture(new DisconnectException("cut off"));
            }
            FindCoordinatorResponseData found = new FindCoordinatorResponseData();
            found.coordinators()
                    .add(new FindCoordinatorResponseData.Coordinator()
                            .setKey("group")
                            .setNodeId(1));
            return CompletableFuture.completedFuture(found);
        }

        @Override
        public VersionRange versions(ApiKeys api) {
            return new VersionRange((short) 0, Short.MAX_VALUE);
        }

        @Override
        public ClientUpstream forClient(EventLoop clientLoop, String client) {
            return own;
        }

        @Override
        public void close() {}
    }
}
