package io.narrows.broker.relay;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.relay.LeaderLanes.Answer;
import io.narrows.broker.relay.LeaderLanes.Ticket;
import io.narrows.broker.relay.RelayEntryFactory.Incoming;
import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.range.RangeReader;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.HelloReply;
import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelaySession;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's side of the relay: takes Append frames, makes their batches ready (fetched, or staged by the leader
 * itself), brings them to Kafka's produce path in lane order and answers entry by entry. State belongs to the relay's
 * loop; Hello is decided and bytes are counted on the connections' event loops. Owns the bytes of entries from their
 * frame to their append.
 */
public final class RelayService implements RelaySession.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(RelayService.class);

    /** As many as there are batches while the store fails. */
    private final FoldedLog unreadable = FoldedLog.perMinute(10);

    private static final long FORGET_LANES_AFTER_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final long SWEEP_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Kafka errors after which the proxy sends again, RFC 0002, rule P2. */
    private static final Set<Errors> RESEND = EnumSet.of(
            Errors.NOT_LEADER_OR_FOLLOWER,
            Errors.FENCED_LEADER_EPOCH,
            Errors.UNKNOWN_LEADER_EPOCH,
            Errors.UNKNOWN_TOPIC_OR_PARTITION,
            Errors.UNKNOWN_TOPIC_ID,
            Errors.KAFKA_STORAGE_ERROR);

    /**
     * Bounds.
     *
     * @param memoryBytes for batches in the relay: three eighths for what comes in frames, as much for what is fetched, a
     *     quarter for what comes in parts
     * @param fetchTimeoutNanos after which a pointer counts as unreadable
     */
    public record Limits(long memoryBytes, long fetchTimeoutNanos) {}

    /** What the relay works with; none of it is owned. */
    public record Dependencies(RangeReader ranges, InlineStaging staging, AppendEngine engine, PeerCheck peers) {}

    private final Loop loop;
    private final Dependencies dependencies;
    private final RelayServerMetrics metrics;
    private final MemoryBudget received;
    private final Map<RelaySession, RelayPeer> peers = new ConcurrentHashMap<>();
    private final RelayEntryFactory intake;
    private final HelloCheck hellos;

    // Owned by the loop.
    private final LeaderLanes<RelayEntry> lanes;
    private final PointerFetcher loads;
    private final LargeBatches large;
    private final ResultFrames results = new ResultFrames();
    private final Map<String, RelayPeer> liveByWriter = new HashMap<>();
    private List<RelayEntry> released = new ArrayList<>();
    private boolean flushScheduled;
    private int unanswered;
    private Loop.@Nullable Timer sweeper;
    private @Nullable CompletableFuture<Void> drained;

    private volatile boolean stopping;

    public RelayService(
            LeaderIdentity identity, Limits limits, Loop loop, Dependencies dependencies, MetricRegistry registry) {
        this.loop = loop;
        this.dependencies = dependencies;
        this.metrics = new RelayServerMetrics(registry);
        this.received = eighths(3, limits);
        this.intake = new RelayEntryFactory(dependencies.ranges());
        this.hellos = new HelloCheck(identity, dependencies.peers(), () -> stopping, loop, metrics);
        this.lanes = new LeaderLanes<>(new LaneEffects(), FORGET_LANES_AFTER_NANOS);
        MemoryBudget fetched = eighths(3, limits);
        MemoryBudget inParts = eighths(2, limits);
        this.large = new LargeBatches(inParts);
        this.loads =
                new PointerFetcher(loop, dependencies.ranges(), fetched, limits.fetchTimeoutNanos(), new LoadResults());
        metrics.gauges(
                () -> received.usedBytes() + fetched.usedBytes() + inParts.usedBytes(),
                lanes::laneCount,
                () -> unanswered,
                loads::waiting);
        loop.execute(this::scheduleSweep);
    }

    private static MemoryBudget eighths(int eighths, Limits limits) {
        return MemoryBudget.of(Math.max(1, limits.memoryBytes() / 8 * eighths));
    }

    @Override
    public HelloReply onHello(RelaySession session, Hello hello) {
        HelloCheck.Decision decision = hellos.decide(session, hello);
        if (decision instanceof HelloCheck.Accepted accepted) {
            accept(session, hello, accepted.admission());
        }
        return decision.reply();
    }

    private void accept(RelaySession session, Hello hello, Writers.Admission admission) {
        RelayPeer peer = new RelayPeer(session, hello.writer(), hello.incarnation(), admission.number());
        peers.put(session, peer);
        // Queued before anything the new connection sends, so that the old one is fenced first.
        loop.execute(() -> takeOver(peer));
        RelaySession fenced = admission.fenced();
        if (fenced != null && fenced != session) {
            fenced.close();
        }
        LOG.atInfo()
                .addKeyValue("writer", hello.writer())
                .addKeyValue("incarnation", hello.incarnation())
                .addKeyValue("zone", hello.zone())
                .log("Accepted a relay connection");
    }

    @Override
    public void onAppend(RelaySession session, AppendRequest request) {
        RelayPeer peer = peers.get(session);
        if (peer == null || !peer.accepts(request.requestId())) {
            request.release();
            session.close();
            return;
        }
        List<Incoming> incoming = intake.take(peer, request);
        long bytes = 0;
        for (Incoming one : incoming) {
            bytes += one.entry().receivedBytes();
        }
        if (!received.reserve(bytes)) {
            metrics.paused();
            peer.pauseUntilRelief(received);
        }
        loop.execute(() -> arrived(peer, incoming));
    }

    @Override
    public void onAnnounce(RelaySession session, long number, int batchBytes) {
        RelayPeer peer = peers.get(session);
        if (peer != null) {
            loop.execute(() -> large.announced(peer, number, batchBytes));
        }
    }

    @Override
    public void onWithdraw(RelaySession session, long number) {
        RelayPeer peer = peers.get(session);
        if (peer != null) {
            loop.execute(() -> large.withdrawn(peer));
        }
    }

    @Override
    public void onClosed(RelaySession session) {
        RelayPeer peer = peers.remove(session);
        if (peer != null) {
            peer.closed();
            loop.execute(() -> ended(peer));
        }
    }

    /**
     * Refuses what has not been given to Kafka yet and everything that comes later; completes on the loop when all else
     * is answered and the answers are on their way.
     */
    public CompletableFuture<Void> drain() {
        stopping = true;
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> {
            drained = done;
            if (sweeper != null) {
                sweeper.cancel();
            }
            lanes.refuseAll(RelayError.BUSY, loop.nanoTime());
            flushSoon();
        });
        return done;
    }

    private void takeOver(RelayPeer peer) {
        RelayPeer before = liveByWriter.get(peer.writer());
        if (before != null && peer.isOlderThan(before)) {
            return;
        }
        liveByWriter.put(peer.writer(), peer);
        if (before != null) {
            metrics.fenced();
        }
        lanes.fence(peer.writer(), loop.nanoTime());
    }

    private void ended(RelayPeer peer) {
        large.withdrawn(peer);
        if (liveByWriter.remove(peer.writer(), peer)) {
            lanes.forgetIdle(peer.writer());
        }
    }

    private void arrived(RelayPeer peer, List<Incoming> incoming) {
        long now = loop.nanoTime();
        boolean live = liveByWriter.get(peer.writer()) == peer;
        List<RelayEntry> toFetch = new ArrayList<>();
        for (Incoming one : incoming) {
            RelayEntry entry = one.entry();
            if (entry.largeBytes() > 0) {
                large.arrived(peer, entry);
            }
            if (!live) {
                received.release(entry.receivedBytes());
                large.release(entry);
                continue;
            }
            unanswered++;
            entry.arrivedAt(now);
            metrics.received(entry);
            entry.enter(lanes.add(peer.lane(one.laneId()), one.laneEpoch(), entry, now));
            if (stopping) {
                lanes.refuseAll(RelayError.BUSY, now);
            } else if (!entry.ticket().isDone()) {
                prepare(one, toFetch);
            }
        }
        if (!toFetch.isEmpty()) {
            loads.add(toFetch);
        }
    }

    private void prepare(Incoming one, List<RelayEntry> toFetch) {
        RelayEntry entry = one.entry();
        if (one.defect() != null) {
            unreadable(entry, one.defect());
        } else if (!entry.hasBytes()) {
            toFetch.add(entry);
        } else if (entry.pointer() != null) {
            lanes.ready(entry.ticket(), loop.nanoTime());
        } else {
            stage(entry);
        }
    }

    private void stage(RelayEntry entry) {
        CompletableFuture<InlineStaging.Outcome> staging = dependencies
                .staging()
                .stage(
                        new InlineStaging.Target(entry.topicId(), entry.partition()),
                        ByteBuffer.wrap(entry.bytes()),
                        entry.context().timeoutMs());
        if (staging == null) {
            lanes.ready(entry.ticket(), loop.nanoTime());
            return;
        }
        CompletableFuture<Void> unused = staging.thenAccept(outcome -> loop.execute(() -> {
            if (!entry.ticket().isDone()) {
                entry.pointer(outcome.pointer());
                ready(entry);
            }
        }));
    }

    private void ready(RelayEntry entry) {
        long now = loop.nanoTime();
        metrics.readyAfter(now - entry.arrivedAt());
        lanes.ready(entry.ticket(), now);
    }

    private void unreadable(RelayEntry entry, String reason) {
        if (!entry.ticket().isDone()) {
            unreadable.write(
                    loop.nanoTime(),
                    folded -> LOG.atWarn()
                            .addKeyValue("pointer", entry.pointer())
                            .addKeyValue("reason", reason)
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("Could not read the batch of a pointer; its entry is refused"));
            lanes.failed(entry.ticket(), RelayError.OBJECT_UNREADABLE, loop.nanoTime());
        }
    }

    private void flushSoon() {
        if (!flushScheduled) {
            flushScheduled = true;
            loop.execute(this::flush);
        }
    }

    /** After everything that was waiting on the loop: what came together goes on together. */
    private void flush() {
        flushScheduled = false;
        if (!released.isEmpty()) {
            List<RelayEntry> ready = released;
            released = new ArrayList<>();
            for (List<List<RelayEntry>> requests : ProduceRequestPlanner.of(ready)) {
                metrics.produceRequests(requests.size());
                dependencies.engine().append(requests, new EngineListener());
            }
        }
        results.flush();
        CompletableFuture<Void> waiting = drained;
        if (waiting != null && unanswered == 0) {
            boolean unused = waiting.complete(null);
        }
    }

    private void end(RelayEntry entry, EntryResult result) {
        unanswered--;
        releaseBytes(entry);
        received.release(entry.receivedBytes());
        entry.receivedBytes(0);
        results.add(entry, result);
        flushSoon();
    }

    private void releaseBytes(RelayEntry entry) {
        if (entry.hasBytes()) {
            entry.dropBytes();
        }
        long ofBatch = entry.receivedBytes() - RelayEntryFactory.ENTRY_OVERHEAD_BYTES;
        if (ofBatch > 0) {
            entry.receivedBytes(RelayEntryFactory.ENTRY_OVERHEAD_BYTES);
            received.release(ofBatch);
        }
        loads.release(entry);
        large.release(entry);
    }

    private void scheduleSweep() {
        sweeper = loop.schedule(SWEEP_INTERVAL_NANOS, () -> {
            lanes.sweep(loop.nanoTime());
            if (!stopping) {
                scheduleSweep();
            }
        });
    }

    private final class LaneEffects implements LeaderLanes.Effects<RelayEntry> {
        @Override
        public void release(Ticket<RelayEntry> ticket) {
            released.add(ticket.entry());
            flushSoon();
        }

        @Override
        public void refuse(Ticket<RelayEntry> ticket, RelayError error) {
            metrics.refused(error);
            RelayEntry entry = ticket.entry();
            end(entry, entry.failed(error, Errors.NOT_ENOUGH_REPLICAS, null));
        }
    }

    private final class LoadResults implements PointerFetcher.Results {
        @Override
        public void loaded(RelayEntry entry, byte[] batch) {
            metrics.fetched(batch.length);
            if (!entry.ticket().isDone() && !entry.hasBytes()) {
                entry.bytes(batch);
                ready(entry);
            }
        }

        @Override
        public void failed(RelayEntry entry, String reason) {
            unreadable(entry, reason);
        }
    }

    /** Called on Kafka's threads. */
    private final class EngineListener implements AppendEngine.Listener {
        @Override
        public void appended(List<RelayEntry> entries) {
            loop.execute(() -> {
                long now = loop.nanoTime();
                for (RelayEntry entry : entries) {
                    if (!entry.ticket().isDone()) {
                        releaseBytes(entry);
                        lanes.appended(entry.ticket(), now);
                    }
                }
            });
        }

        @Override
        public void answered(List<RelayEntry> entries, List<EntryResult> results) {
            loop.execute(() -> {
                long now = loop.nanoTime();
                for (int i = 0; i < entries.size(); i++) {
                    RelayEntry entry = entries.get(i);
                    EntryResult result = results.get(i);
                    metrics.answered(result.errorCode(), now - entry.arrivedAt());
                    end(entry, result);
                    lanes.answered(entry.ticket(), answerOf(result), now);
                }
            });
        }

        @Override
        public void returned(List<RelayEntry> entries) {
            loop.execute(() ->
                    lanes.returned(entries.stream().map(RelayEntry::ticket).toList(), loop.nanoTime()));
        }
    }

    private static Answer answerOf(EntryResult result) {
        return RESEND.contains(Errors.forCode(result.errorCode())) ? Answer.RESEND : Answer.FINAL;
    }
}
