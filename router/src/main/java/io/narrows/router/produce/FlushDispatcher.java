package io.narrows.router.produce;

import io.narrows.relay.log.FoldedLog;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.wal.FlushWindow;
import io.narrows.relay.wal.FlushWindow.CloseReason;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalObjectFormat;
import io.narrows.router.lane.EntryState;
import io.narrows.router.lane.Lane;
import io.narrows.router.lane.LaneEntry;
import io.narrows.router.policy.LeaderReads;
import io.narrows.router.policy.LowRateBypass;
import io.narrows.router.policy.PathDecision;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.PathPolicy;
import io.narrows.router.policy.StoreCircuitBreaker;
import io.narrows.router.policy.WindowContents;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flush window of the proxy: collects what all lanes received, lets the policy decide when and where it goes, and
 * makes its entries ready: immediately as bytes, or after the PUT as pointers. While the window is full and the writer takes
 * no other, entries wait in lines by client, and a window that closes is filled up from these in turn: a client with
 * little to send waits for one window and not for what others have lined up. Clients of so low a rate that their bytes add next to
 * nothing to the bill wait for no window at all, nor do batches whose leader cannot read objects. Owned by the router's loop.
 */
final class FlushDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(FlushDispatcher.class);
    private static final int NO_LEADER = -1;

    /** What a PUT has to achieve beyond the size of a window. */
    private static final long LARGE_BYTES_PER_SECOND = 20 << 20;

    private final RouterDependencies dependencies;
    private final Loop loop;
    private final RouterMetrics metrics;
    private final PathPolicy policy;
    private final LeaderReads reads;
    private final BooleanSupplier draining;
    private final StoreCircuitBreaker health;
    private final FlushWindow.Limits limits;
    private final FlushWindow<LaneEntry> window;
    private final FairBacklog<LaneEntry> backlog = new FairBacklog<>();
    private final LowRateBypass bypass;
    private final FoldedLog latePuts = FoldedLog.perMinute(1);
    private final FoldedLog failedPuts = FoldedLog.perMinute(1);
    private long backlogBytes;
    private final long mostStagedBytes;
    private long bypassedBytes;
    private @Nullable ClusterView seen;
    private int putsUnderWay;

    /** What decides how a window goes; the router owns all of it. */
    record Policies(PathPolicy path, StoreCircuitBreaker health, LeaderReads reads) {}

    /** {@code draining}: whether nothing is held any more, because the router drains or is closed. */
    FlushDispatcher(
            RouterConfig config,
            RouterDependencies dependencies,
            RouterMetrics metrics,
            Policies policies,
            BooleanSupplier draining) {
        this.dependencies = dependencies;
        this.loop = dependencies.loop();
        this.metrics = metrics;
        this.policy = policies.path();
        this.reads = policies.reads();
        this.health = policies.health();
        this.limits = config.windowForMode();
        this.draining = draining;
        // In one object with a window that was almost full when it came.
        this.mostStagedBytes = WalObjectFormat.MAX_OBJECT_BYTES
                - WalObjectFormat.objectBytes(WalObjectFormat.MAX_BLOCKS, limits.maxBytes());
        this.window = new FlushWindow<>(loop, limits, new Holding(), dependencies.writer(), this::onClose);
        PathPolicy.Settings path = config.path();
        this.bypass = new LowRateBypass(path.mode() == PathMode.AUTO ? path.bypassShare() : 0, loop.nanoTime());
    }

    void add(LaneEntry entry) {
        boolean bypasses = bypassesWindow(entry);
        if (bypasses || !mayBeRead(leader(entry))) {
            if (bypasses) {
                metrics.bypassedBytes.inc(entry.lengthBytes());
            }
            bypassedBytes += entry.lengthBytes();
            entry.passWindow();
            direct(List.of(entry));
            return;
        }
        if (backlog.isEmpty()
                && (window.pendingBytes() < limits.sizeBytes()
                        || dependencies.writer().ready())) {
            window.add(entry, entry.lengthBytes());
            return;
        }
        backlog.add(Owner.of(entry.context()), entry, entry.lengthBytes());
        backlogBytes += entry.lengthBytes();
    }

    private boolean bypassesWindow(LaneEntry entry) {
        lookAround();
        double dollars = policy.savedDollars(zone(leader(entry)), entry.lengthBytes());
        return bypass.admits(Owner.of(entry.context()), dollars, loop.nanoTime());
    }

    /** Whether the leader can do with a pointer: it needs none in this zone, and elsewhere it was able to read objects. */
    private boolean mayBeRead(@Nullable Broker leader) {
        return leader == null || policy.isLocal(leader.zone()) || reads.admits(leader.id(), loop.nanoTime());
    }

    /** The entry has ended, and a leader owes no answer for it. */
    void onSettled(LaneEntry entry) {
        if (entry.hasPassedWindow()) {
            bypassedBytes -= entry.lengthBytes();
        }
    }

    /** Whose batches they are: limits and shares count for all connections of a client. */
    private record Owner(String address, String principalType, String principalName, String clientId) {
        static Owner of(ProduceContext context) {
            return new Owner(
                    context.clientAddress(), context.principalType(), context.principalName(), context.clientId());
        }
    }

    /** Closes the open window now, and what waits for the next. */
    void flush() {
        do {
            window.drain();
        } while (window.pendingItems() > 0);
    }

    long pendingBytes() {
        return window.pendingBytes() + backlogBytes;
    }

    int putsUnderWay() {
        return putsUnderWay;
    }

    /** How long the window is held. */
    private final class Holding implements FlushWindow.HoldPolicy<LaneEntry> {
        @Override
        public long holdNanos(LaneEntry entry, long bytes, long pendingBytes) {
            lookAround();
            Broker leader = leader(entry);
            long hold = policy.onArrival(id(leader), zone(leader), bytes, loop.nanoTime());
            return draining.getAsBoolean() ? 0 : hold;
        }

        /**
         * What was received and is not answered is counted from its receipt on, also before it gets here. What small
         * clients have in flight will bring little.
         */
        @Override
        public boolean isAllThereIs(long pendingBytes) {
            return dependencies.budget().usedBytes() - bypassedBytes == pendingBytes;
        }
    }

    private void lookAround() {
        ClusterView view = dependencies.topology().view();
        if (view.equals(seen)) {
            return;
        }
        seen = view;
        Map<String, Integer> brokers = new HashMap<>();
        for (Broker broker : view.brokers().values()) {
            if (!broker.zone().isEmpty()) {
                brokers.merge(broker.zone(), 1, Integer::sum);
            }
        }
        policy.surroundings(new PathPolicy.Surroundings(brokers));
    }

    private @Nullable Broker leader(LaneEntry entry) {
        ClusterView view = dependencies.topology().view();
        PartitionView partition =
                view.partition(entry.lane().topicId(), entry.lane().partition());
        return partition == null ? null : view.brokers().get(partition.leaderId());
    }

    private static int id(@Nullable Broker leader) {
        return leader == null ? NO_LEADER : leader.id();
    }

    private static String zone(@Nullable Broker leader) {
        return leader == null ? "" : leader.zone();
    }

    private void onClose(List<LaneEntry> items, long bytes, CloseReason reason) {
        boolean stalled = reason == CloseReason.STALLED;
        // What goes as bytes needs no bound: all that waited for the writer goes.
        fillUp(items, stalled ? Long.MAX_VALUE : limits.maxBytes() - bytes);
        // Entries whose deadline passed in the window have been answered.
        items.removeIf(entry -> entry.state() != EntryState.RECEIVED);
        PathDecision decision = stalled ? PathDecision.WRITER_STALLED : decide(items);
        metrics.window(decision, reason);
        if (decision.path() == PathDecision.Path.STAGED) {
            stage(items);
        } else {
            direct(items);
        }
        beginNext();
    }

    private void fillUp(List<LaneEntry> items, long mostBytes) {
        if (backlog.isEmpty()) {
            return;
        }
        backlog.newTurn();
        long left = mostBytes;
        for (LaneEntry entry = poll(left); entry != null; entry = poll(left)) {
            left -= entry.lengthBytes();
            items.add(entry);
        }
    }

    /** What still waits makes the next window, so that it asks for the writer. */
    private void beginNext() {
        while (window.pendingBytes() < limits.sizeBytes()) {
            LaneEntry entry = poll(Long.MAX_VALUE);
            if (entry == null) {
                return;
            }
            window.add(entry, entry.lengthBytes());
        }
    }

    private @Nullable LaneEntry poll(long mostBytes) {
        LaneEntry entry = backlog.poll(mostBytes);
        while (entry != null) {
            backlogBytes -= entry.lengthBytes();
            if (entry.state() == EntryState.RECEIVED) {
                return entry;
            }
            // Its deadline passed meanwhile, and it has been answered.
            entry = backlog.poll(mostBytes);
        }
        return null;
    }

    /** Leaders may have moved and entries may have gone since they were counted, so what is there now is added up. */
    private PathDecision decide(List<LaneEntry> items) {
        lookAround();
        WindowContents contents = new WindowContents();
        for (LaneEntry entry : items) {
            Broker leader = leader(entry);
            if (!mayBeRead(leader)) {
                continue;
            }
            policy.add(contents, id(leader), zone(leader), entry.lengthBytes(), loop.nanoTime());
        }
        bypass.onWindow(policy.cheaperPathDollars(contents), loop.nanoTime());
        return policy.decide(contents, loop.nanoTime());
    }

    private void direct(List<LaneEntry> entries) {
        entries.forEach(entry -> entry.lane().onReady(entry, null));
        pumpLanes(entries);
    }

    private void stage(List<LaneEntry> items) {
        List<LaneEntry> staged = new ArrayList<>(items.size());
        List<LaneEntry> others = new ArrayList<>();
        List<WalBlock> blocks = new ArrayList<>(items.size());
        for (LaneEntry entry : items) {
            Broker leader = leader(entry);
            boolean worthIt =
                    policy.savedHops(zone(leader)) > 0 && mayBeRead(leader) && entry.lengthBytes() <= mostStagedBytes;
            if (!worthIt) {
                others.add(entry);
                continue;
            }
            Lane lane = entry.lane();
            lane.onStaging(entry);
            staged.add(entry);
            blocks.add(new WalBlock(
                    lane.topicId(), lane.partition(), id(leader), entry.bytes().retainedDuplicate(), entry.crc32c()));
        }
        staged.stream()
                .mapToInt(entry -> id(leader(entry)))
                .distinct()
                .forEach(leader -> reads.onStaged(leader, loop.nanoTime()));
        health.onStart();
        putsUnderWay++;
        Put put = new Put(staged, loop.nanoTime());
        put.limit = loop.schedule(health.latencyBoundNanos() + extraNanos(blocks), put::onBound);
        CompletableFuture<List<Pointer>> written = dependencies.writer().write(blocks);
        var unused = written.whenComplete(
                (pointers, failure) -> loop.execute(() -> put.onEnd(failure == null ? pointers : null, failure)));
        direct(others);
    }

    /**
     * A large batch takes its time to write, which says nothing of the store: at the bound, three of them would open the
     * breaker for all clients.
     */
    private long extraNanos(List<WalBlock> blocks) {
        long bytes = 0;
        for (WalBlock block : blocks) {
            bytes += block.length();
        }
        return Math.max(0, bytes - limits.maxBytes()) * TimeUnit.SECONDS.toNanos(1) / LARGE_BYTES_PER_SECOND;
    }

    private static void pumpLanes(List<LaneEntry> entries) {
        for (LaneEntry entry : entries) {
            entry.lane().pump();
        }
    }

    /** One PUT in flight. Past the latency bound its entries go on without it. */
    private final class Put {
        private final List<LaneEntry> entries;
        private final long startedAt;
        private Loop.@Nullable Timer limit;
        private boolean overdue;

        Put(List<LaneEntry> entries, long startedAt) {
            this.entries = entries;
            this.startedAt = startedAt;
        }

        void onBound() {
            overdue = true;
            health.onFailure(loop.nanoTime());
            latePuts.write(
                    loop.nanoTime(),
                    folded -> LOG.atWarn()
                            .addKeyValue("entries", entries.size())
                            .addKeyValue(FoldedLog.KEY, folded)
                            .log("PUT exceeded the latency bound, sending its batches inline"));
            release(null);
        }

        void onEnd(@Nullable List<Pointer> pointers, @Nullable Throwable failure) {
            putsUnderWay--;
            if (limit != null) {
                limit.cancel();
            }
            if (overdue) {
                metrics.latePuts.inc();
            } else if (pointers != null) {
                health.onSuccess(loop.nanoTime() - startedAt, loop.nanoTime());
                release(pointers);
            } else {
                health.onFailure(loop.nanoTime());
                failedPuts.write(
                        loop.nanoTime(),
                        folded -> LOG.atWarn()
                                .addKeyValue("entries", entries.size())
                                .addKeyValue("cause", failure == null ? "" : String.valueOf(failure.getMessage()))
                                .addKeyValue(FoldedLog.KEY, folded)
                                .log("PUT failed, sending its batches inline"));
                release(null);
            }
            window.wake();
        }

        private void release(@Nullable List<Pointer> pointers) {
            for (int i = 0; i < entries.size(); i++) {
                LaneEntry entry = entries.get(i);
                if (entry.state() == EntryState.STAGING) {
                    entry.lane().onReady(entry, pointers == null ? null : pointers.get(i));
                }
            }
            pumpLanes(entries);
        }
    }
}
