package io.narrows.router.produce;

import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.RelayError;
import io.narrows.router.lane.ArrivalContext;
import io.narrows.router.lane.Completion;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneActions;
import io.narrows.router.lane.LaneEntry;
import io.narrows.router.lane.LaneStopReason;
import io.narrows.router.lane.SentForm;
import io.narrows.router.policy.LeaderReads;
import io.narrows.router.policy.PathPolicy;
import io.narrows.router.policy.StoreCircuitBreaker;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.apache.kafka.common.protocol.Errors;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All lanes of the proxy and what they share: the flush window, the links to leaders, the search for leaders, deadlines.
 * Owned by the router's loop; sessions reach it only through {@link #handOver}.
 */
final class ProduceLoop
        implements LaneActions,
                LeaderFinder.Host,
                LeaderSession.Results,
                ProducerLanes.LaneSource,
                ConnectionLanes.Host {
    private static final Logger LOG = LoggerFactory.getLogger(ProduceLoop.class);
    private static final int QUEUE_CHUNK = 1024;
    private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long IDLE_SWEEP_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long KEEP_CONNECTED_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LANE_IDLE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final RouterConfig config;
    private final RouterDependencies dependencies;
    private final RouterMetrics metrics;
    private final ProduceAttribution attribution;

    // Any thread.
    private final MpscUnboundedArrayQueue<Runnable> handedOver = new MpscUnboundedArrayQueue<>(QUEUE_CHUNK);
    private final AtomicBoolean drainScheduled = new AtomicBoolean();

    // The loop.
    private final StoreCircuitBreaker health;
    private final LeaderReads reads;
    private final PathPolicy policy;
    private final FlushDispatcher windows;
    private final LeaderFinder finder;
    private final LeaderStandings standings;
    private final LeaderConnection.Dependencies connections;
    private final Map<Integer, LeaderConnection> links = new LinkedHashMap<>();
    private final Set<ConnectionLanes> clients = new LinkedHashSet<>();
    private final Map<ProducerLanes.Owner, ProducerLanes> owners = new HashMap<>();
    private final TopicIds topicIds = new TopicIds();
    private final Set<Lane> active = new LinkedHashSet<>();
    private final List<CompletableFuture<Boolean>> drains = new ArrayList<>();
    private BooleanSupplier batchesElsewhere = () -> false;
    private long nextLaneId;
    private boolean sweeping;
    private boolean closed;

    ProduceLoop(RouterConfig config, RouterDependencies dependencies) {
        this.config = config;
        this.dependencies = dependencies;
        this.metrics = new RouterMetrics(dependencies.metrics());
        this.attribution = new ProduceAttribution(dependencies.metrics());
        Backoff backoff = new Backoff(dependencies.random());
        this.health =
                new StoreCircuitBreaker(config.health().forMode(config.path().mode()));
        this.reads = new LeaderReads(config.health());
        this.policy = new PathPolicy(config.path(), health);
        this.windows = new FlushDispatcher(
                config, dependencies, metrics, new FlushDispatcher.Policies(policy, health, reads), this::isDraining);
        this.finder = new LeaderFinder(dependencies.loop(), dependencies.topology(), backoff, this);
        this.standings = new LeaderStandings(config.identity().writer());
        this.connections = new LeaderConnection.Dependencies(
                config.identity(),
                dependencies.topology(),
                dependencies.relay(),
                backoff,
                standings,
                new LeaderSession.Dependencies(dependencies.loop(), config.limits(), policy, metrics, this));
        RouterMetrics.gauges(dependencies.metrics(), active::size, dependencies.budget()::usedBytes);
        Loop.Timer unused = loop().schedule(IDLE_SWEEP_NANOS, this::forgetIdleLanes);
    }

    Loop loop() {
        return dependencies.loop();
    }

    @Override
    public long now() {
        return dependencies.loop().nanoTime();
    }

    private Topology topology() {
        return dependencies.topology();
    }

    LeaderStandings standings() {
        return standings;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    private boolean isDraining() {
        return closed || !drains.isEmpty();
    }

    @Override
    public void reserve(ProduceCall call) {
        long bytes = 0;
        for (ProduceCall.PartitionBatch batch : call.batches()) {
            bytes += batch.bytes().readableBytes();
        }
        boolean unused = dependencies.budget().reserve(bytes);
    }

    @Override
    public void handOver(Runnable task) {
        handedOver.add(task);
        if (drainScheduled.compareAndSet(false, true)) {
            loop().execute(this::runHandedOver);
        }
    }

    private void runHandedOver() {
        // Before the queue is read, so that a task added after the last look schedules another run.
        drainScheduled.set(false);
        for (Runnable task = handedOver.poll(); task != null; task = handedOver.poll()) {
            try {
                task.run();
            } catch (RuntimeException e) {
                // A bug that one call met must not cost the calls behind it; its own entries end at their deadline.
                LOG.atError().setCause(e).log("Produce call failed in the router");
            }
        }
    }

    void connected(ConnectionLanes client) {
        clients.add(client);
    }

    @Override
    public void forget(ConnectionLanes client) {
        clients.remove(client);
        client.leave();
    }

    @Override
    public ProducerLanes lanesOf(ProducerLanes.Owner owner) {
        return owners.computeIfAbsent(
                owner, key -> new ProducerLanes(this, config.limits().laneMaxInFlight(), key));
    }

    @Override
    public Lane newLane(UUID topicId, int partition, IntSupplier maxInFlight, String clientId) {
        Lane.Identity identity = new Lane.Identity(nextLaneId++, topicId, topicName(topicId), partition);
        return new Lane(identity, maxInFlight, this, attribution.account(identity.topic(), clientId));
    }

    /** Empty if the topic is not in the view. */
    private String topicName(UUID topicId) {
        TopicView topic = topology().view().topicsById().get(topicId);
        return topic == null ? "" : topic.name();
    }

    /** If the topic's name had another id before, the lanes of that one go over to it. */
    @Override
    public void topicBegins(UUID topicId) {
        String name = topicName(topicId);
        UUID before = name.isEmpty() ? null : topicIds.replacedBy(name, topicId);
        if (before != null) {
            LOG.atInfo()
                    .addKeyValue("topic", name)
                    .addKeyValue("oldTopicId", before)
                    .addKeyValue("topicId", topicId)
                    .log("Topic was deleted and recreated, sending its batches to the new topic");
            owners.values().forEach(owner -> owner.topicReplaced(before, topicId));
        }
    }

    @Override
    public void accept(ConnectionLanes client, PendingCall pending) {
        loop().assertInLoop();
        ProduceCall call = pending.call();
        LaneEntry.Times times = new LaneEntry.Times(
                pending.receivedAt(),
                config.limits().deadline(pending.receivedAt(), call.context().timeoutMs()));
        List<ProduceCall.PartitionBatch> batches = call.batches();
        for (int index = 0; index < batches.size(); index++) {
            ProduceCall.PartitionBatch batch = batches.get(index);
            UUID topicId = topicId(call, batch);
            topology().used(topicId);
            ProducerLanes owner = client.lanesOf(call, batch.producer());
            Lane lane = owner.lane(topicId, batch.partition(), call.context().clientId());
            LaneEntry.Payload payload = new LaneEntry.Payload(batch.bytes(), batch.crc32c(), batch.producer());
            LaneEntry entry = new LaneEntry(lane, payload, call.context(), pending, index, times);
            active.add(lane);
            if (lane.add(entry, way(client, owner, lane))) {
                if (closed) {
                    lane.abort();
                } else {
                    windows.add(entry);
                }
            }
        }
        sweepSoon();
    }

    /** A client that names the topic means the one that has the name now. */
    private UUID topicId(ProduceCall call, ProduceCall.PartitionBatch batch) {
        return LaneEntry.namesTopic(call.context()) ? topicIds.now(batch.topicId()) : batch.topicId();
    }

    private ArrivalContext way(ConnectionLanes client, ProducerLanes owner, Lane lane) {
        PartitionView partition = topology().view().partition(lane.topicId(), lane.partition());
        int leaderId = partition == null ? -1 : partition.leaderId();
        boolean elsewhereBefore = owner.begins(lane.topicId(), lane.partition()) && batchesElsewhere.getAsBoolean();
        return new ArrivalContext(client, leaderId, owner.hasSeveralConnections() || elsewhereBefore, elsewhereBefore);
    }

    /** {@code may}: whether a producer may have batches at another proxy that are not finished. */
    void batchesElsewhere(BooleanSupplier may) {
        batchesElsewhere = may;
    }

    /** A leader's answer, with a hint who leads (KIP-951) if it is the wrong one. */
    @Override
    public void onResult(int leaderId, LaneEntry entry, EntryResult result) {
        Lane lane = entry.lane();
        Pointer pointer = entry.pointer();
        if (result.relayError() == RelayError.OBJECT_UNREADABLE) {
            if (pointer != null) {
                reads.onUnreadable(leaderId, pointer.object(), now());
            }
        } else if (entry.form() == SentForm.STAGED && result.errorCode() == Errors.NONE.code()) {
            reads.onRead(leaderId);
        }
        if (result.currentLeaderId() >= 0) {
            topology()
                    .leaderHint(
                            entry.sentTopicId(),
                            lane.partition(),
                            result.currentLeaderId(),
                            result.currentLeaderEpoch());
        }
        lane.onResult(entry, result);
    }

    @Override
    public boolean send(LaneEntry entry, int leaderId) {
        LeaderConnection link = link(leaderId);
        if (entry.resent()) {
            metrics.resends.inc();
        }
        return !closed && link.offer(entry);
    }

    private LeaderConnection link(int leaderId) {
        return links.computeIfAbsent(leaderId, id -> new LeaderConnection(id, connections));
    }

    /**
     * Keeps a connection to every broker that has a relay, from now on: what leaders say to this proxy is known before a
     * client's batch has to wait for it.
     */
    void keepConnected() {
        loop().assertInLoop();
        if (closed) {
            return;
        }
        Map<Integer, Broker> brokers = topology().view().brokers();
        standings.keepOnly(brokers.keySet());
        brokers.values().stream()
                .filter(broker -> broker.relay() instanceof RelayEndpoint.At)
                .forEach(broker -> link(broker.id()).keepUp());
        Loop.Timer unused = loop().schedule(KEEP_CONNECTED_NANOS, this::keepConnected);
    }

    @Override
    public void search(Lane lane, LaneStopReason stop) {
        if (stop != LaneStopReason.START) {
            metrics.laneStops.inc();
        }
        finder.search(lane, stop);
    }

    @Override
    public void complete(LaneEntry entry, Completion completion) {
        BatchOutcome outcome;
        if (completion instanceof Completion.Answered answered) {
            SentForm form = entry.form();
            if (form != null) {
                metrics.acknowledged(form, entry.lengthBytes(), now() - entry.receivedAt());
                entry.lane().account().answered(form, entry.lengthBytes());
            }
            outcome = outcome(answered.result());
        } else {
            Completion.Failed failed = (Completion.Failed) completion;
            metrics.endedByProxy(failed.cause());
            PartitionView leader = failed.cause() == Completion.Cause.LEADER_MOVED
                    ? topology()
                            .view()
                            .partition(entry.lane().topicId(), entry.lane().partition())
                    : null;
            outcome = failure(failed, leader == null ? -1 : leader.leaderEpoch());
        }
        ((PendingCall) entry.origin()).complete(entry.index(), outcome);
    }

    @Override
    public void settle(LaneEntry entry) {
        dependencies.budget().release(entry.lengthBytes());
        windows.onSettled(entry);
        if (entry.lane().isIdle()) {
            active.remove(entry.lane());
            if (active.isEmpty()) {
                drained(true);
            }
        }
    }

    @Override
    public void unreadable(WalObjectId object) {
        metrics.unreadable.inc();
    }

    @Override
    public void late(LaneEntry entry) {
        metrics.lateResults.inc();
    }

    /** Flushes and completes with true when every entry has ended, with false when the time is over before. */
    CompletableFuture<Boolean> drain(long limitNanos) {
        CompletableFuture<Boolean> drained = new CompletableFuture<>();
        loop().execute(() -> {
            runHandedOver();
            drains.add(drained);
            windows.flush();
            if (active.isEmpty()) {
                drained(true);
            } else {
                Loop.Timer unused = loop().schedule(limitNanos, () -> drained(false));
            }
        });
        return drained;
    }

    void flush() {
        loop().assertInLoop();
        runHandedOver();
        windows.flush();
    }

    private void drained(boolean everything) {
        List<CompletableFuture<Boolean>> waiting = List.copyOf(drains);
        drains.clear();
        waiting.forEach(drain -> drain.complete(everything));
    }

    /** Ends every entry and closes the connections. */
    void close() {
        loop().assertInLoop();
        runHandedOver();
        closed = true;
        for (Lane lane : active.toArray(new Lane[0])) {
            lane.abort();
        }
        links.values().forEach(LeaderConnection::close);
        windows.flush();
        clients.clear();
        owners.clear();
        drained(active.isEmpty());
    }

    RouterStatus status() {
        loop().assertInLoop();
        long now = now();
        int lanes = owners.values().stream().mapToInt(ProducerLanes::laneCount).sum();
        List<RouterStatus.Link> linkStates = links.values().stream()
                .map(link -> new RouterStatus.Link(
                        link.brokerId(),
                        link.stateName(),
                        link.unanswered(),
                        reads.isOpen(link.brokerId())
                                ? StoreCircuitBreaker.Status.OPEN
                                : StoreCircuitBreaker.Status.CLOSED,
                        standings.of(link.brokerId())))
                .toList();
        return new RouterStatus(
                new RouterStatus.Lanes(clients.size(), lanes, active.size()),
                dependencies.budget().usedBytes(),
                new RouterStatus.Windows(
                        config.path().mode(),
                        windows.pendingBytes(),
                        windows.putsUnderWay(),
                        policy.savedHopBytesPerSecond(now)),
                health.status(),
                metrics.batchesByForm(),
                linkStates);
    }

    private static BatchOutcome outcome(EntryResult result) {
        short code = result.errorCode();
        if (code == Errors.NONE.code() && result.relayError() != RelayError.NONE) {
            code = Errors.UNKNOWN_SERVER_ERROR.code();
        }
        return new BatchOutcome(
                code,
                result.baseOffset(),
                result.logAppendTimeMs(),
                result.logStartOffset(),
                result.throttleTimeMs(),
                result.currentLeaderEpoch(),
                result.errorMessage(),
                result.recordErrors());
    }

    private static BatchOutcome failure(Completion.Failed failed, int leaderEpoch) {
        return new BatchOutcome(failed.errorCode(), -1, -1, -1, 0, leaderEpoch, failed.message(), List.of());
    }

    private void sweepSoon() {
        if (!sweeping && !active.isEmpty()) {
            sweeping = true;
            Loop.Timer unused = loop().schedule(SWEEP_NANOS, this::sweep);
        }
    }

    /** Deadlines need no more precision than this, and a timer per batch would cost more than it tells. */
    private void sweep() {
        sweeping = false;
        long now = now();
        for (Lane lane : active.toArray(new Lane[0])) {
            lane.expire(now);
        }
        links.values().forEach(link -> link.checkStalled(now));
        sweepSoon();
    }

    private void forgetIdleLanes() {
        if (closed) {
            return;
        }
        long unusedSince = now() - LANE_IDLE_NANOS;
        owners.values().forEach(owner -> owner.forgetIdle(unusedSince));
        owners.values().removeIf(ProducerLanes::isOver);
        Set<UUID> known = new HashSet<>(topology().view().topicsById().keySet());
        owners.values().forEach(owner -> owner.collectTopicIds(known));
        topicIds.forgetAllBut(known);
        reads.forgetAllBut(topology().view().brokers().keySet());
        Loop.Timer unused = loop().schedule(IDLE_SWEEP_NANOS, this::forgetIdleLanes);
    }
}
