package io.narrows.router.share;

import io.narrows.relay.loop.Loop;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareRequestMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Serves the ShareFetches of one client connection, one round after the other. The client's share session becomes one
 * session per leader, each with its own epochs; records that a leader has acquired too late for a round wait for the
 * next. Owned by the event loop of the client's connection; owns the answers it holds.
 *
 * <pre>
 *   fetch --> session and epoch checked --> leaders known --> leaders asked --+--> reply
 *                                                    ^--- late answers, held -+
 * </pre>
 */
public final class ShareFetcher implements AutoCloseable {
    /** A broker with nothing to send answers at the end of the max wait; its answer is on its way for so long. */
    private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Records that nobody comes for are given back after half of their lock's time, and not before this. */
    private static final long MIN_HOLD_MS = 1_000;

    /** A session with more is refused: a bound for what a client can make us remember. */
    private static final int MAX_PARTITIONS = 50_000;

    /** The broker's session is not the one we believe in: another is opened with the next request. */
    private static final Set<Errors> SESSION_LOST =
            Set.of(Errors.SHARE_SESSION_NOT_FOUND, Errors.INVALID_SHARE_SESSION_EPOCH);

    private final Parts parts;
    private final ShareCalls calls;
    private final ShareLeaders leaders;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private @Nullable ShareSession session;
    private @Nullable ShareRound running;
    private boolean occupied;
    private boolean closed;

    /** What a fetcher works with; {@code upstream} belongs to the caller; {@code random} makes member ids. */
    public record Parts(ClientUpstream upstream, Topology topology, Loop loop, Random random) {}

    public ShareFetcher(Parts parts) {
        this.parts = parts;
        this.calls = new ShareCalls(parts.upstream());
        this.leaders = new ShareLeaders(parts.topology());
    }

    /** Completes on the loop; the caller releases the reply. Fails with the error that the whole answer is. */
    public CompletableFuture<ShareReply> fetch(ShareCall call) {
        parts.loop().assertInLoop();
        ShareRound round = new ShareRound(call);
        submit(() -> start(round));
        return round.answered;
    }

    /**
     * What the client says of records outside of a fetch; completes with the answer in the form of a ShareFetch without
     * records. Fails with the error that the whole answer is.
     */
    public CompletableFuture<ShareReply> acknowledge(ShareCall call) {
        parts.loop().assertInLoop();
        ShareRound round = new ShareRound(call);
        submit(() -> startAcknowledging(round));
        return round.answered;
    }

    private void submit(Runnable start) {
        waiting.add(start);
        next();
    }

    private void next() {
        while (!occupied && !closed && !waiting.isEmpty()) {
            occupied = true;
            waiting.remove().run();
        }
    }

    private void done() {
        occupied = false;
        next();
    }

    private void refuse(ShareRound round, Errors error) {
        boolean unused = round.answered.completeExceptionally(error.exception());
        done();
    }

    private void start(ShareRound round) {
        ShareFetchRequestData request = round.call.request();
        if (request.groupId() == null
                || request.memberId() == null
                || request.memberId().isEmpty()) {
            refuse(round, Errors.INVALID_REQUEST);
            return;
        }
        ShareSession mine = session;
        boolean known = mine != null && mine.isOf(request.groupId(), request.memberId());
        int epoch = request.shareSessionEpoch();
        if (epoch == ShareRequestMetadata.INITIAL_EPOCH) {
            if (!round.acknowledgements().isEmpty()) {
                refuse(round, Errors.INVALID_REQUEST);
                return;
            }
            endSession();
            Uuid id = new Uuid(parts.random().nextLong(), parts.random().nextLong());
            mine = new ShareSession(request.groupId(), request.memberId(), id.toString());
            session = mine;
        } else if (mine == null || !known) {
            refuse(round, Errors.SHARE_SESSION_NOT_FOUND);
            return;
        } else if (epoch == ShareRequestMetadata.FINAL_EPOCH) {
            startAcknowledging(round);
            return;
        } else if (epoch != mine.nextEpoch()) {
            refuse(round, Errors.INVALID_SHARE_SESSION_EPOCH);
            return;
        } else {
            mine.advance();
        }
        mine.change(request);
        if (mine.partitions.size() > MAX_PARTITIONS) {
            endSession();
            refuse(round, Errors.INVALID_REQUEST);
            return;
        }
        ShareSession serving = mine;
        CompletableFuture<?> unused =
                leaders.known(mine.partitions).whenComplete((view, failure) -> onLoop(() -> begin(serving, round)));
    }

    private void begin(ShareSession mine, ShareRound round) {
        if (closed) {
            return;
        }
        running = round;
        int waitMs = Math.max(0, round.call.request().maxWaitMs());
        round.timer = parts.loop().schedule(TimeUnit.MILLISECONDS.toNanos(waitMs) + GRACE_NANOS, () -> {
            round.endOfWait();
            maybeFinish(round);
        });
        Set<Integer> served = new HashSet<>();
        for (BrokerShare broker : mine.brokers.values()) {
            ShareAnswer held = broker.held;
            broker.held = null;
            if (held != null) {
                round.accept(held);
                served.add(broker.brokerId);
            }
        }
        SharePlan.of(mine, round, parts.topology().view()).forEach((broker, share) -> {
            if (!served.contains(broker.brokerId)) {
                ask(mine, round, broker, share);
            } else if (!share.said().isEmpty()) {
                // One answer of a broker per round, or a partition would be in it twice.
                acknowledge(new Told(mine, round, broker, share.said()));
            }
        });
        if (round.call.request().isRenewAck()) {
            round.endOfWait();
        }
        maybeFinish(round);
    }

    private void ask(ShareSession mine, ShareRound round, BrokerShare broker, SharePlan.Share share) {
        Map<ShareKey, List<AcknowledgementBatch>> said = share.said();
        Set<ShareKey> wants = share.wants();
        if (!said.isEmpty()) {
            round.acknowledging.add(broker.brokerId);
        }
        if (broker.busy) {
            if (!said.isEmpty()) {
                broker.whenIdle = () -> acknowledge(new Told(mine, round, broker, said));
            }
            return;
        }
        boolean same = broker.known.equals(wants);
        boolean quiet = share.muted() || round.call.request().isRenewAck();
        boolean needless = same && (quiet || wants.isEmpty());
        if (said.isEmpty() && (needless || (!broker.isOpen() && wants.isEmpty()))) {
            return;
        }
        ShareFetchRequestData request = ShareRequests.fetch(mine, broker, round.call.request(), wants, said);
        if (share.muted() && !request.isRenewAck()) {
            request.setMaxRecords(0).setMaxWaitMs(0).setMinBytes(0).setMaxBytes(0);
        }
        broker.known.clear();
        broker.known.addAll(wants);
        broker.advance();
        broker.busy = true;
        round.asked();
        Told told = new Told(mine, round, broker, said);
        send(told, request, (answer, failure) -> onAnswer(told, answer, failure));
    }

    private void send(Told told, ShareFetchRequestData request, Answered answered) {
        CompletableFuture<?> unused = calls.fetch(told.broker().brokerId, told.round().call, request)
                .whenComplete((answer, failure) -> {
                    try {
                        parts.loop().execute(() -> {
                            if (closed || told.session() != session) {
                                boolean ignored = answer != null && answer.release();
                                return;
                            }
                            answered.with(answer, failure);
                        });
                    } catch (RejectedExecutionException e) {
                        boolean ignored = answer != null && answer.release();
                    }
                });
    }

    private interface Answered {
        void with(@Nullable ShareAnswer answer, @Nullable Throwable failure);
    }

    private void onAnswer(Told told, @Nullable ShareAnswer answer, @Nullable Throwable failure) {
        ShareSession mine = told.session();
        ShareRound round = told.round();
        BrokerShare broker = told.broker();
        broker.busy = false;
        Errors whole =
                answer == null ? errorOf(failure) : Errors.forCode(answer.data().errorCode());
        if (answer == null || SESSION_LOST.contains(whole)) {
            broker.reset();
            told.said().keySet().forEach(key -> round.failAcknowledgement(key, ackError(whole)));
            leaders.refresh(mine);
            boolean unused = answer != null && answer.release();
        } else {
            leaders.learn(mine, answer.data());
            if (whole != Errors.NONE) {
                broker.reset();
            }
            deliver(mine, broker, answer);
        }
        round.acknowledging.remove(broker.brokerId);
        runWaiting(broker);
        ShareRound current = running;
        if (current != null) {
            maybeFinish(current);
        }
    }

    private static void runWaiting(BrokerShare broker) {
        Runnable waitingForIt = broker.whenIdle;
        broker.whenIdle = null;
        if (waitingForIt != null && !broker.busy) {
            waitingForIt.run();
        }
    }

    private static boolean isAnybodyBusy(ShareSession mine) {
        return mine.brokers.values().stream().anyMatch(broker -> broker.busy);
    }

    /** To the round that runs, or to the next one. Takes over the answer. */
    private void deliver(ShareSession mine, BrokerShare broker, ShareAnswer answer) {
        answer.data()
                .responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    if (!partition.acquiredRecords().isEmpty()) {
                        mine.gets(new ShareKey(topic.topicId(), partition.partitionIndex()), broker);
                    }
                }));
        ShareRound current = running;
        if (current != null && current.takesRecords) {
            current.accept(answer);
            return;
        }
        broker.held = answer;
        // The client would get records whose time is over, and others wait for them.
        long holdMs = Math.max(MIN_HOLD_MS, answer.data().acquisitionLockTimeoutMs() / 2);
        Loop.Timer unused = parts.loop().schedule(TimeUnit.MILLISECONDS.toNanos(holdMs), () -> {
            if (broker.held == answer) {
                giveBackHeld(mine, broker, answer);
            }
        });
    }

    private void giveBackHeld(ShareSession mine, BrokerShare broker, ShareAnswer answer) {
        Map<ShareKey, List<AcknowledgementBatch>> released = ShareRequests.releases(answer.data());
        broker.dropHeld();
        if (!released.isEmpty() && broker.isOpen() && !broker.busy) {
            ShareCall call = new ShareCall((short) 1, "", new ShareFetchRequestData());
            acknowledge(new Told(mine, new ShareRound(call), broker, released));
        }
    }

    /** What became of records whose broker was busy: told by itself. */
    private void acknowledge(Told told) {
        ShareRound round = told.round();
        BrokerShare broker = told.broker();
        Map<ShareKey, List<AcknowledgementBatch>> said = told.said();
        if (!broker.isOpen()) {
            said.keySet().forEach(key -> round.failAcknowledgement(key, Errors.NOT_LEADER_OR_FOLLOWER));
            round.acknowledging.remove(broker.brokerId);
            return;
        }
        round.acknowledging.add(broker.brokerId);
        ShareFetchRequestData asked = round.call.request();
        boolean last = asked.shareSessionEpoch() == ShareRequestMetadata.FINAL_EPOCH;
        int epoch = last ? ShareRequestMetadata.FINAL_EPOCH : broker.epoch;
        broker.advance();
        broker.busy = true;
        CompletableFuture<?> unused = calls.acknowledge(
                        broker.brokerId,
                        round.call,
                        ShareRequests.acknowledge(told.session(), epoch, asked.isRenewAck(), said))
                .whenComplete((answer, failure) -> onLoop(() -> onAcknowledged(told, answer, failure)));
    }

    /** Who was told what. */
    private record Told(
            ShareSession session,
            ShareRound round,
            BrokerShare broker,
            Map<ShareKey, List<AcknowledgementBatch>> said) {}

    private void onAcknowledged(Told told, @Nullable ApiMessage answer, @Nullable Throwable failure) {
        BrokerShare broker = told.broker();
        broker.busy = false;
        told.round().acknowledging.remove(broker.brokerId);
        Errors whole =
                answer == null ? errorOf(failure) : Errors.forCode(((ShareAcknowledgeResponseData) answer).errorCode());
        if (answer != null && whole == Errors.NONE) {
            told.round().acknowledged((ShareAcknowledgeResponseData) answer);
        } else {
            told.said().keySet().forEach(key -> told.round().failAcknowledgement(key, ackError(whole)));
        }
        boolean last = told.round().call.request().shareSessionEpoch() == ShareRequestMetadata.FINAL_EPOCH;
        if (last || answer == null || SESSION_LOST.contains(whole)) {
            broker.reset();
        }
        runWaiting(broker);
        maybeFinish(told.round());
    }

    /** An acknowledgement by itself, or the end of the session. */
    private void startAcknowledging(ShareRound round) {
        ShareFetchRequestData request = round.call.request();
        ShareSession mine = session;
        if (mine == null || !mine.isOf(request.groupId(), request.memberId())) {
            refuse(round, Errors.SHARE_SESSION_NOT_FOUND);
            return;
        }
        boolean last = request.shareSessionEpoch() == ShareRequestMetadata.FINAL_EPOCH;
        if (!last && request.shareSessionEpoch() != mine.nextEpoch()) {
            refuse(round, Errors.INVALID_SHARE_SESSION_EPOCH);
            return;
        }
        mine.advance();
        running = round;
        round.takesRecords = false;
        round.endOfWait();
        Map<BrokerShare, Map<ShareKey, List<AcknowledgementBatch>>> said = SharePlan.said(mine, round);
        for (BrokerShare broker : List.copyOf(mine.brokers.values())) {
            Map<ShareKey, List<AcknowledgementBatch>> ofBroker = said.getOrDefault(broker, Map.of());
            if (!broker.isOpen() || (ofBroker.isEmpty() && !last)) {
                continue;
            }
            round.acknowledging.add(broker.brokerId);
            if (broker.busy) {
                broker.whenIdle = () -> acknowledge(new Told(mine, round, broker, ofBroker));
            } else {
                acknowledge(new Told(mine, round, broker, ofBroker));
            }
        }
        maybeFinish(round);
    }

    private void maybeFinish(ShareRound round) {
        ShareSession mine = session;
        if (running != round || !round.isDone(mine == null || !isAnybodyBusy(mine))) {
            return;
        }
        running = null;
        if (round.timer != null) {
            round.timer.cancel();
        }
        if (round.call.request().shareSessionEpoch() == ShareRequestMetadata.FINAL_EPOCH) {
            endSession();
        }
        ShareReply reply = round.reply();
        if (!round.answered.complete(reply)) {
            reply.release();
        }
        done();
    }

    private void endSession() {
        ShareSession old = session;
        session = null;
        if (old != null) {
            old.brokers.values().forEach(broker -> {
                broker.dropHeld();
                giveBack(old, broker);
            });
        }
    }

    /** Ends a broker's session, so that others get what it has acquired. */
    private void giveBack(ShareSession mine, BrokerShare broker) {
        if (!broker.isOpen()) {
            return;
        }
        broker.reset();
        ShareCall call = new ShareCall(ApiKeys.SHARE_FETCH.latestVersion(), "", ShareRequests.close(mine));
        CompletableFuture<?> unused = calls.fetch(broker.brokerId, call, call.request())
                .whenComplete((answer, failure) -> {
                    boolean ignored = answer != null && answer.release();
                });
    }

    private static Errors errorOf(@Nullable Throwable failure) {
        Throwable cause = failure != null && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ApiException ? Errors.forException(cause) : Errors.NETWORK_EXCEPTION;
    }

    /** Nobody knows whether the broker has heard it: the lock decides. */
    private static Errors ackError(Errors whole) {
        return SESSION_LOST.contains(whole) ? whole : Errors.NOT_LEADER_OR_FOLLOWER;
    }

    private void onLoop(Runnable task) {
        try {
            parts.loop().execute(() -> {
                if (!closed) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            closed = true;
        }
    }

    /** Releases what is held; brokers see the end of their connections and give back what was acquired. On the loop. */
    @Override
    public void close() {
        closed = true;
        DisconnectException left = new DisconnectException("The client has left");
        ShareSession mine = session;
        session = null;
        if (mine != null) {
            mine.brokers.values().forEach(BrokerShare::dropHeld);
        }
        ShareRound round = running;
        running = null;
        if (round != null) {
            round.abandon();
            boolean unused = round.answered.completeExceptionally(left);
        }
        waiting.clear();
    }
}
