package io.narrows.proxy.share;

import io.narrows.relay.loop.Loop;
import io.narrows.router.upstream.RecordsAnswer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ShareRequestMetadata;
import org.jspecify.annotations.Nullable;

/**
 * The rounds of one share session, one after the other: which leader is asked and told what, and where its answers go, to
 * the round that runs or to the next one. Owned by the fetcher's loop; owns the answers it holds.
 */
final class ShareRounds {
    /** A broker with nothing to send answers at the end of the max wait; its answer is on its way for so long. */
    private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Records that no request fetches are released after half of their lock's time, and not before this. */
    private static final long MIN_HOLD_MS = 1_000;

    /** The broker's session is not the one we believe in: another is opened with the next request. */
    private static final Set<Errors> SESSION_LOST =
            Set.of(Errors.SHARE_SESSION_NOT_FOUND, Errors.INVALID_SHARE_SESSION_EPOCH);

    private final ShareSession session;
    private final ShareCalls calls;
    private final ShareLeaders leaders;
    private final Loop loop;
    private final Consumer<ShareRound> over;
    private @Nullable ShareRound running;
    private boolean ended;

    /** {@code over} gets each round when nothing more is waited for; it gives the reply. */
    ShareRounds(ShareSession session, ShareCalls calls, ShareLeaders leaders, Loop loop, Consumer<ShareRound> over) {
        this.session = session;
        this.calls = calls;
        this.leaders = leaders;
        this.loop = loop;
        this.over = over;
    }

    ShareSession session() {
        return session;
    }

    /** A fetch whose leaders are known. */
    void begin(ShareRound round) {
        if (ended) {
            return;
        }
        running = round;
        int waitMs = Math.max(0, round.call.request().maxWaitMs());
        round.timer = loop.schedule(TimeUnit.MILLISECONDS.toNanos(waitMs) + GRACE_NANOS, () -> {
            round.endOfWait();
            maybeFinish(round);
        });
        Set<Integer> served = new HashSet<>();
        for (BrokerShare broker : session.brokers.values()) {
            RecordsAnswer<ShareFetchResponseData> held = broker.held;
            broker.held = null;
            if (held != null) {
                round.accept(held);
                served.add(broker.brokerId);
            }
        }
        SharePlan.of(session, round, leaders.view()).forEach((broker, share) -> {
            if (!served.contains(broker.brokerId)) {
                ask(round, broker, share);
            } else if (!share.said().isEmpty()) {
                // One answer of a broker per round, or a partition would be in it twice.
                sendAcknowledgement(new SentAcknowledgement(round, broker, share.said()));
            }
        });
        if (round.call.request().isRenewAck()) {
            round.endOfWait();
        }
        maybeFinish(round);
    }

    /** An acknowledgement by itself, or the last one of the session. */
    void acknowledge(ShareRound round) {
        running = round;
        round.takesRecords = false;
        round.endOfWait();
        Map<BrokerShare, Map<ShareKey, List<AcknowledgementBatch>>> said =
                SharePlan.said(session, round, leaders.view());
        for (BrokerShare broker : List.copyOf(session.brokers.values())) {
            Map<ShareKey, List<AcknowledgementBatch>> ofBroker = said.getOrDefault(broker, Map.of());
            if (!broker.isOpen() || (ofBroker.isEmpty() && !round.isLast())) {
                continue;
            }
            round.acknowledging.add(broker.brokerId);
            SentAcknowledgement sent = new SentAcknowledgement(round, broker, ofBroker);
            if (broker.busy) {
                broker.whenIdle = () -> sendAcknowledgement(sent);
            } else {
                sendAcknowledgement(sent);
            }
        }
        maybeFinish(round);
    }

    private void ask(ShareRound round, BrokerShare broker, SharePlan.Share share) {
        Map<ShareKey, List<AcknowledgementBatch>> said = share.said();
        Set<ShareKey> wants = share.wants();
        if (!said.isEmpty()) {
            round.acknowledging.add(broker.brokerId);
        }
        if (broker.busy) {
            if (!said.isEmpty()) {
                broker.whenIdle = () -> sendAcknowledgement(new SentAcknowledgement(round, broker, said));
            }
            return;
        }
        boolean same = broker.known.equals(wants);
        boolean quiet = share.muted() || round.call.request().isRenewAck();
        boolean needless = same && (quiet || wants.isEmpty());
        if (said.isEmpty() && (needless || (!broker.isOpen() && wants.isEmpty()))) {
            return;
        }
        ShareFetchRequestData request = ShareRequests.fetch(session, broker, round.call.request(), wants, said);
        if (share.muted() && !request.isRenewAck()) {
            request.setMaxRecords(0).setMaxWaitMs(0).setMinBytes(0).setMaxBytes(0);
        } else {
            request.setMaxBytes(Math.min(request.maxBytes(), calls.fetchBytes(round.call)));
        }
        broker.known.clear();
        broker.known.addAll(wants);
        broker.advance();
        broker.busy = true;
        round.asked();
        send(new SentAcknowledgement(round, broker, said), request);
    }

    private void send(SentAcknowledgement sent, ShareFetchRequestData request) {
        CompletableFuture<?> unused = calls.fetch(sent.broker().brokerId, sent.round().call, request)
                .whenComplete((answer, failure) -> {
                    try {
                        loop.execute(() -> {
                            if (ended) {
                                boolean ignored = answer != null && answer.release();
                                return;
                            }
                            onAnswer(sent, answer, failure);
                        });
                    } catch (RejectedExecutionException e) {
                        boolean ignored = answer != null && answer.release();
                    }
                });
    }

    private void onAnswer(
            SentAcknowledgement sent,
            @Nullable RecordsAnswer<ShareFetchResponseData> answer,
            @Nullable Throwable failure) {
        ShareRound round = sent.round();
        BrokerShare broker = sent.broker();
        broker.busy = false;
        Errors whole =
                answer == null ? errorOf(failure) : Errors.forCode(answer.data().errorCode());
        if (answer == null || SESSION_LOST.contains(whole)) {
            broker.reset();
            failSent(sent, answer, whole);
            round.brokerFailed();
            leaders.refresh(session);
            boolean unused = answer != null && answer.release();
        } else {
            leaders.learn(session, answer.data());
            if (whole != Errors.NONE) {
                // A topic that is gone must leave the view, or the broker is asked for it again.
                broker.reset();
                failSent(sent, answer, whole);
                leaders.refresh(session);
            }
            deliver(broker, answer);
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

    /** To the round that runs, or to the next one. Takes over the answer. */
    private void deliver(BrokerShare broker, RecordsAnswer<ShareFetchResponseData> answer) {
        answer.data()
                .responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    if (!partition.acquiredRecords().isEmpty()) {
                        session.gets(new ShareKey(topic.topicId(), partition.partitionIndex()), broker);
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
        Loop.Timer unused = loop.schedule(TimeUnit.MILLISECONDS.toNanos(holdMs), () -> {
            if (broker.held == answer) {
                releaseBuffered(broker, answer);
            }
        });
    }

    private void releaseBuffered(BrokerShare broker, RecordsAnswer<ShareFetchResponseData> answer) {
        Map<ShareKey, List<AcknowledgementBatch>> released = ShareRequests.releases(answer.data());
        broker.dropHeld();
        if (!released.isEmpty() && broker.isOpen() && !broker.busy) {
            ShareCall call = new ShareCall((short) 1, "", new ShareFetchRequestData());
            sendAcknowledgement(new SentAcknowledgement(new ShareRound(call), broker, released));
        }
    }

    /** What became of records whose broker was busy: sent in a separate request. */
    private void sendAcknowledgement(SentAcknowledgement sent) {
        ShareRound round = sent.round();
        BrokerShare broker = sent.broker();
        Map<ShareKey, List<AcknowledgementBatch>> said = sent.said();
        if (!broker.isOpen()) {
            said.keySet().forEach(key -> round.failAcknowledgement(key, Errors.NOT_LEADER_OR_FOLLOWER));
            round.acknowledging.remove(broker.brokerId);
            return;
        }
        round.acknowledging.add(broker.brokerId);
        ShareFetchRequestData asked = round.call.request();
        int epoch = round.isLast() ? ShareRequestMetadata.FINAL_EPOCH : broker.epoch;
        broker.advance();
        broker.busy = true;
        CompletableFuture<?> unused = calls.acknowledge(
                        broker.brokerId,
                        round.call,
                        ShareRequests.acknowledge(session, epoch, asked.isRenewAck(), said))
                .whenComplete((answer, failure) -> onLoop(() -> onAcknowledged(sent, answer, failure)));
    }

    /** An acknowledgement that was sent to a broker. */
    private record SentAcknowledgement(
            ShareRound round, BrokerShare broker, Map<ShareKey, List<AcknowledgementBatch>> said) {}

    private void onAcknowledged(SentAcknowledgement sent, @Nullable ApiMessage answer, @Nullable Throwable failure) {
        BrokerShare broker = sent.broker();
        broker.busy = false;
        sent.round().acknowledging.remove(broker.brokerId);
        Errors whole =
                answer == null ? errorOf(failure) : Errors.forCode(((ShareAcknowledgeResponseData) answer).errorCode());
        if (answer != null && whole == Errors.NONE) {
            sent.round().acknowledged((ShareAcknowledgeResponseData) answer);
        } else {
            failSent(sent, answer, whole);
            leaders.refresh(session);
        }
        if (sent.round().isLast() || answer == null || SESSION_LOST.contains(whole)) {
            broker.reset();
        }
        runWaiting(broker);
        maybeFinish(sent.round());
    }

    private void maybeFinish(ShareRound round) {
        boolean quiet = session.brokers.values().stream().noneMatch(broker -> broker.busy);
        if (running != round || !round.isDone(quiet)) {
            return;
        }
        running = null;
        over.accept(round);
    }

    /** As if the max wait of the fetch that runs were over. */
    void endWait() {
        ShareRound round = running;
        if (round != null) {
            round.endOfWait();
            maybeFinish(round);
        }
    }

    /** The client's session is over: brokers are told, so that others get what they have acquired. */
    void end() {
        ended = true;
        session.brokers.values().forEach(broker -> {
            broker.dropHeld();
            giveBack(broker);
        });
    }

    private void giveBack(BrokerShare broker) {
        if (!broker.isOpen()) {
            return;
        }
        broker.reset();
        ShareCall call = new ShareCall(ApiKeys.SHARE_FETCH.latestVersion(), "", ShareRequests.close(session));
        CompletableFuture<?> unused = calls.fetch(broker.brokerId, call, call.request())
                .whenComplete((answer, failure) -> {
                    boolean ignored = answer != null && answer.release();
                });
    }

    /** Releases what is held between rounds; the round that runs is the caller's to end. */
    void abandon() {
        ended = true;
        session.brokers.values().forEach(BrokerShare::dropHeld);
        running = null;
    }

    private static Errors errorOf(@Nullable Throwable failure) {
        Throwable cause = failure != null && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ApiException ? Errors.forException(cause) : Errors.NETWORK_EXCEPTION;
    }

    /** With what the broker said; without an answer it is unknown whether the broker has heard it: the lock decides. */
    private static void failSent(SentAcknowledgement sent, @Nullable Object answer, Errors whole) {
        Errors error = answer != null || SESSION_LOST.contains(whole) ? whole : Errors.NOT_LEADER_OR_FOLLOWER;
        sent.said().keySet().forEach(key -> sent.round().failAcknowledgement(key, error));
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(() -> {
                if (!ended) {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            ended = true;
        }
    }
}
