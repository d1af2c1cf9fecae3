package io.narrows.proxy.fetch;

import io.narrows.proxy.fetch.BrokerFetchState.Asked;
import io.narrows.proxy.fetch.BrokerFetchState.Held;
import io.narrows.proxy.fetch.BrokerFetchState.Position;
import io.narrows.proxy.fetch.ReplicaSelector.Route;
import io.narrows.relay.loop.Loop;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import io.narrows.router.upstream.ClientUpstream;
import io.narrows.router.upstream.ClientUpstream.Use;
import io.narrows.router.upstream.RecordsAnswer;
import io.narrows.router.upstream.ResponseReader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Serves the fetches of one client connection, one round after the other: each broker that has partitions of a round
 * gets one sub-fetch at a time, and what it answers too late for its round is held for the next. Owned by the event loop
 * of the client's connection; owns the answers it holds.
 *
 * <pre>
 *   fetch --> [waiting] --> round: topics known --> held answers taken --> sub-fetches --+--> reply
 *                                                                 ^---- more to ask -----+
 * </pre>
 */
public final class ClientFetcher implements AutoCloseable {
    static final ResponseReader<RecordsAnswer<FetchResponseData>> READER = RecordsAnswer.reader(FetchResponseData::new);

    /** A broker with nothing to send answers at the end of the max wait; its answer is on its way for so long. */
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;

    private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Beyond the max wait; then a follower is taken for one that hangs. */
    private static final long OVERDUE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final long HOLD_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long REFRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Dependencies dependencies;
    private final ReplicaSelector routes;
    private final FetchResponseMerger fetchResponseMerger;
    private final ArrayDeque<PendingFetch> waiting = new ArrayDeque<>();
    private final Map<Integer, BrokerFetchState> byBroker = new LinkedHashMap<>();
    private @Nullable PendingFetch running;
    private long refreshedNanos;
    private boolean closed;

    /** What a fetcher works with; {@code upstream} belongs to the caller. */
    public record Dependencies(FetchSettings settings, ClientUpstream upstream, Topology topology, Loop loop) {}

    public ClientFetcher(Dependencies dependencies) {
        this.dependencies = dependencies;
        this.routes = new ReplicaSelector(dependencies.settings().zone());
        this.fetchResponseMerger =
                new FetchResponseMerger(routes, dependencies.topology(), dependencies.loop(), this::refresh);
        this.refreshedNanos = dependencies.loop().nanoTime() - REFRESH_NANOS;
    }

    /** Completes on the loop; the caller releases the reply. Fails when the fetcher is closed before. */
    public CompletableFuture<RecordsReply<FetchResponseData>> fetch(FetchCall call) {
        dependencies.loop().assertInLoop();
        PendingFetch round = new PendingFetch(call);
        if (closed) {
            return CompletableFuture.failedFuture(new DisconnectException("The client has left"));
        }
        waiting.add(round);
        next();
        return round.answered;
    }

    private void next() {
        PendingFetch round = running == null ? waiting.poll() : null;
        if (round == null) {
            return;
        }
        running = round;
        routes.keepOnly(round.asked.keySet());
        Set<FetchKey> unknown = unknown(round, dependencies.topology().view());
        if (unknown.isEmpty()) {
            begin(round, LookUp.SUCCEEDED);
            return;
        }
        CompletableFuture<?> unused = lookUp(unknown)
                .whenComplete((view, failure) -> onLoop(() -> {
                    if (running == round) {
                        begin(round, failure == null ? LookUp.SUCCEEDED : LookUp.FAILED);
                    }
                }));
    }

    private static Set<FetchKey> unknown(PendingFetch round, ClusterView view) {
        Set<FetchKey> unknown = new HashSet<>();
        for (FetchKey key : round.asked.keySet()) {
            if (partition(key, view) == null) {
                unknown.add(key);
            }
        }
        return unknown;
    }

    private static @Nullable PartitionView partition(FetchKey key, ClusterView view) {
        TopicView topic = key.find(view);
        return topic == null ? null : view.partition(topic.id(), key.partition());
    }

    /** Whether what is not in the view does not exist. */
    private enum LookUp {
        SUCCEEDED,
        FAILED
    }

    private static Errors unknown(PendingFetch round, @Nullable TopicView topic, LookUp lookUp) {
        if (lookUp == LookUp.FAILED) {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
        boolean unknownId = topic == null && round.call.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
        return unknownId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
    }

    private void begin(PendingFetch round, LookUp lookUp) {
        long now = dependencies.loop().nanoTime();
        long maxWaitNanos =
                TimeUnit.MILLISECONDS.toNanos(Math.max(0, round.request().maxWaitMs()));
        round.begin(now + maxWaitNanos);
        round.timer = dependencies.loop().schedule(maxWaitNanos + GRACE_NANOS, () -> finish(round));
        ClusterView view = dependencies.topology().view();
        for (FetchKey key : round.asked.keySet()) {
            TopicView topic = key.find(view);
            if (topic == null || view.partition(topic.id(), key.partition()) == null) {
                round.fail(key, unknown(round, topic, lookUp));
            } else {
                dependencies.topology().used(topic.id());
            }
        }
        for (BrokerFetchState broker : List.copyOf(byBroker.values())) {
            Asked asked = broker.underWay;
            if (asked != null && now - asked.atNanos() > maxWaitNanos + OVERDUE_NANOS) {
                fetchResponseMerger.giveUpOn(asked);
            }
            takeHeld(round, broker);
        }
        dispatch(round);
        maybeFinish(round);
    }

    private void takeHeld(PendingFetch round, BrokerFetchState broker) {
        Held held = broker.held;
        if (held == null) {
            return;
        }
        if (round.isTooMuch(held.answer().data())) {
            round.completeEarly();
            return;
        }
        fetchResponseMerger.deliverHeld(round, held);
        broker.dropHeld();
        // Brokers whose answers were taken go last, so that none of them waits permanently.
        byBroker.remove(broker.brokerId);
        byBroker.put(broker.brokerId, broker);
    }

    /** Asks idle brokers for what the round lacks. */
    private void dispatch(PendingFetch round) {
        ClusterView view = dependencies.topology().view();
        long now = dependencies.loop().nanoTime();
        Map<Integer, Map<FetchKey, Position>> shares = new LinkedHashMap<>();
        round.asked.forEach((key, position) -> {
            PartitionView partition = partition(key, view);
            if (partition == null || !round.isOpen(key) || round.silent.contains(key)) {
                return;
            }
            Route route = routes.route(key, partition, view, now);
            if (route == null) {
                round.silent.add(key);
                refresh(Set.of(key));
            } else if (byBroker.computeIfAbsent(route.brokerId(), BrokerFetchState::new)
                    .isIdle()) {
                shares.computeIfAbsent(route.brokerId(), id -> new LinkedHashMap<>())
                        .put(key, new Position(position, route.role()));
            }
        });
        shares.forEach((brokerId, share) -> send(round, brokerId, share, view));
    }

    private void send(PendingFetch round, int brokerId, Map<FetchKey, Position> share, ClusterView view) {
        BrokerFetchState broker = byBroker.computeIfAbsent(brokerId, BrokerFetchState::new);
        long now = dependencies.loop().nanoTime();
        Asked asked = new Asked(round.call.version(), round.request().isolationLevel(), now, share);
        broker.underWay = asked;
        boolean here = routes.isHere(view.brokers().get(brokerId));
        CompletableFuture<?> unused = dependencies
                .upstream()
                .send(
                        Use.FETCH,
                        brokerId,
                        SubFetchRequests.of(
                                round, share, here ? dependencies.settings().zone() : "", mostBytes(round), now),
                        READER)
                .whenComplete((answer, failure) -> {
                    try {
                        dependencies.loop().execute(() -> onAnswer(broker, asked, answer, failure));
                    } catch (RejectedExecutionException e) {
                        boolean ignored = answer != null && answer.release();
                    }
                });
    }

    private int mostBytes(PendingFetch round) {
        int fitting = dependencies.upstream().fetchBytes(round.call.clientId());
        return Math.min(dependencies.settings().maxBytes(), fitting);
    }

    private void onAnswer(
            BrokerFetchState broker,
            Asked asked,
            @Nullable RecordsAnswer<FetchResponseData> answer,
            @Nullable Throwable failure) {
        broker.underWay = null;
        PendingFetch round = running != null && running.hasBegun() ? running : null;
        if (closed) {
            boolean unused = answer != null && answer.release();
            return;
        }
        if (answer == null) {
            fetchResponseMerger.fail(round, asked, failure);
        } else if (round == null || round.isTooMuch(answer.data())) {
            hold(broker, asked, answer);
            if (round != null) {
                round.completeEarly();
            }
        } else {
            fetchResponseMerger.deliver(round, asked, answer);
            boolean unused = answer.release();
        }
        if (round != null) {
            dispatch(round);
            maybeFinish(round);
        }
    }

    private void hold(BrokerFetchState broker, Asked asked, RecordsAnswer<FetchResponseData> answer) {
        broker.hold(new Held(asked, answer), dependencies.loop().schedule(HOLD_NANOS, broker::dropHeld));
    }

    private void maybeFinish(PendingFetch round) {
        if (running == round && round.isDone()) {
            finish(round);
        }
    }

    /** Answers the fetch that waits for records with what is there. On the loop. */
    public void endWait() {
        PendingFetch round = running;
        if (round != null && round.hasBegun()) {
            finish(round);
        }
    }

    private void finish(PendingFetch round) {
        if (running != round) {
            return;
        }
        RecordsReply<FetchResponseData> reply = round.reply();
        running = null;
        if (!round.answered.complete(reply)) {
            reply.release();
        }
        next();
    }

    /** Has the topology look again, though not more often than it could matter. */
    private void refresh(Set<FetchKey> keys) {
        long now = dependencies.loop().nanoTime();
        if (now - refreshedNanos >= REFRESH_NANOS) {
            refreshedNanos = now;
            CompletableFuture<?> unused = lookUp(keys);
        }
    }

    private CompletableFuture<Void> lookUp(Set<FetchKey> keys) {
        Set<String> names = new HashSet<>();
        Set<UUID> ids = new HashSet<>();
        for (FetchKey key : keys) {
            if (key.isById()) {
                ids.add(key.id());
            } else {
                names.add(key.topic());
            }
        }
        List<CompletableFuture<?>> lookUps = new ArrayList<>();
        if (!names.isEmpty()) {
            lookUps.add(dependencies.topology().refreshTopics(names, Topology.AutoCreate.FORBIDDEN));
        }
        if (!ids.isEmpty()) {
            lookUps.add(dependencies.topology().refreshTopicIds(ids));
        }
        return CompletableFuture.allOf(lookUps.toArray(CompletableFuture[]::new));
    }

    private void onLoop(Runnable task) {
        try {
            dependencies.loop().execute(task);
        } catch (RejectedExecutionException e) {
            closed = true;
        }
    }

    /** Releases what is held; what is asked for is not answered any more. On the loop. */
    @Override
    public void close() {
        closed = true;
        byBroker.values().forEach(BrokerFetchState::dropHeld);
        DisconnectException left = new DisconnectException("The client has left");
        PendingFetch round = running;
        running = null;
        if (round != null) {
            round.abandon();
            boolean unused = round.answered.completeExceptionally(left);
        }
        while (!waiting.isEmpty()) {
            boolean unused = waiting.remove().answered.completeExceptionally(left);
        }
    }
}
