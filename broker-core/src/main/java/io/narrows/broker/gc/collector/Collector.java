package io.narrows.broker.gc.collector;

import io.narrows.broker.gc.collector.BucketScan.Present;
import io.narrows.broker.gc.collector.GcMetrics.Outcome;
import io.narrows.relay.loop.Loop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the references of all brokers and deletes WAL objects without any, while this broker is the one to do
 * it; RFC 0005 says why that is safe. Owned by its loop; {@link #start} and {@link #stop} may be called from any thread.
 *
 * <pre>
 *   IDLE --interval over--> LOOKING --round written--> ASKING --all have answered--> DELETING
 *    ^                        |                          |                              |
 *    +------------------------+------- failed ----------+--- half a grace period -------+ done
 * </pre>
 */
public final class Collector {
    private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
    private static final long FULL_SCAN_NANOS = TimeUnit.HOURS.toNanos(24);

    private final Settings settings;
    private final GcBucket bucket;
    private final Loop loop;
    private final Membership membership;
    private final RandomGenerator random;
    private final GcMetrics metrics;

    private State state = State.IDLE;
    private @Nullable BucketScan scan;
    private long scannedFromNanos;
    private @Nullable Floors floors;
    private @Nullable Asking asking;
    /** When the last round was written, by the store's clock; 0 before the first one. */
    private long storeMs;

    private long nextRoundNanos;
    private boolean stopped;
    private Outcome lastOutcome = Outcome.COMPLETE;

    /**
     * @param intervalMs from the start of a round to the next
     * @param graceMs age up to which objects are kept, and for how long accounts remember
     */
    public record Settings(int brokerId, String clusterId, long intervalMs, long graceMs) {
        /** How often to look for something new in the bucket. */
        public long pollNanos() {
            return TimeUnit.MILLISECONDS.toNanos(Math.min(30_000, Math.max(50, intervalMs / 10)));
        }
    }

    /** The cluster as this broker sees it. May be asked by any thread. */
    public interface Membership {
        /** All brokers that are registered, whatever their state, and as which process. */
        Map<Integer, Registration> registered();

        /** The broker that collects: the lowest id among those not fenced; -1 while there is none. */
        int collector();
    }

    private enum State {
        IDLE,
        LOOKING,
        ASKING,
        DELETING
    }

    /** A round that waits for answers. Accounts are taken off the candidates as they come, and not kept. */
    private static final class Asking {
        private final GcRound round;
        private final long roundMs;
        private final BucketScan scan;
        private final long sinceNanos;
        private final Map<WriterIncarnation, SequenceSet> candidates;
        private final Map<Integer, Reply> replies = new HashMap<>();
        private final Set<Integer> asked = new HashSet<>();

        Asking(GcRound round, long roundMs, BucketScan scan, long sinceNanos) {
            this.round = round;
            this.roundMs = roundMs;
            this.scan = scan;
            this.sinceNanos = sinceNanos;
            this.candidates = candidates(round, scan);
        }

        private static Map<WriterIncarnation, SequenceSet> candidates(GcRound round, BucketScan scan) {
            Map<WriterIncarnation, SequenceSet> candidates = new TreeMap<>();
            scan.found().forEach((incarnation, present) -> {
                Floors.Floor floor = round.floors().byIncarnation().get(incarnation);
                if (floor != null) {
                    SequenceSet below = present.sequences().copy();
                    below.remove(floor.sequence(), Long.MAX_VALUE);
                    candidates.put(incarnation, below);
                }
            });
            return candidates;
        }

        void replied(Reply reply) {
            reply.answer().account().byIncarnation().forEach((incarnation, kept) -> {
                SequenceSet left = candidates.get(incarnation);
                if (left != null) {
                    left.removeAll(kept.sequences());
                }
            });
            replies.put(reply.answer().broker(), reply.withoutAccount());
        }

        DeletionRule rule() {
            return new DeletionRule(round, roundMs, replies.values());
        }
    }

    /** What a collector works with beside its settings. */
    public record Dependencies(
            GcBucket bucket, Loop loop, Membership membership, RandomGenerator random, GcMetrics metrics) {}

    public Collector(Settings settings, Dependencies dependencies) {
        this.settings = settings;
        this.bucket = dependencies.bucket();
        this.loop = dependencies.loop();
        this.membership = dependencies.membership();
        this.random = dependencies.random();
        this.metrics = dependencies.metrics();
    }

    public void start() {
        loop.execute(() -> {
            nextRoundNanos = loop.nanoTime();
            poll();
        });
    }

    /** Starts no further round; a round in progress may end. */
    public void stop() {
        loop.execute(() -> stopped = true);
    }

    private void poll() {
        if (stopped) {
            return;
        }
        Loop.Timer unused = loop.schedule(settings.pollNanos(), this::poll);
        if (state == State.ASKING) {
            lookForAnswers();
        } else if (state == State.IDLE && membership.collector() != settings.brokerId()) {
            scan = null;
            floors = null;
            metrics.idle();
        } else if (state == State.IDLE && loop.nanoTime() - nextRoundNanos >= 0) {
            begin();
        }
    }

    private void begin() {
        state = State.LOOKING;
        long now = loop.nanoTime();
        nextRoundNanos = now + TimeUnit.MILLISECONDS.toNanos(settings.intervalMs());
        if (scan == null || now - scannedFromNanos >= FULL_SCAN_NANOS) {
            scan = new BucketScan(bucket, loop, settings.graceMs());
            scannedFromNanos = now;
        }
        BucketScan current = scan;
        CompletableFuture<Void> unused = bucket.cluster()
                .thenCompose(owner -> {
                    if (owner.isEmpty() || !owner.get().equals(settings.clusterId())) {
                        return ended(Outcome.FOREIGN, "the bucket belongs to " + owner.orElse("no cluster yet"));
                    }
                    return knownFloors().thenCompose(known -> current.run().thenCompose(done -> ask(current, known)));
                })
                .exceptionally(this::failed);
    }

    private CompletableFuture<Floors> knownFloors() {
        Floors known = floors;
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        return bucket.rounds().thenApply(rounds -> {
            Floors merged = Floors.NONE;
            for (GcRound round : rounds) {
                merged = merged.merge(round.floors());
            }
            return merged;
        });
    }

    private CompletableFuture<Void> ask(BucketScan current, Floors known) {
        long nowMs = loop.wallTimeMs();
        Map<WriterIncarnation, Floors.Floor> reached = new HashMap<>();
        current.found().forEach((incarnation, present) -> {
            if (!present.sequences().isEmpty()) {
                reached.put(incarnation, new Floors.Floor(present.next(), present.newestMs()));
            }
        });
        Floors raised = known.rememberedAt(storeMs).merge(Floors.of(reached));
        floors = raised;
        GcRound round = new GcRound(
                random.nextLong() | 1, settings.brokerId(), GcRound.State.OPEN, nowMs, settings.graceMs(), raised);
        long sinceNanos = loop.nanoTime();
        return bucket.write(round).thenAccept(roundMs -> {
            storeMs = Math.max(storeMs, roundMs);
            asking = new Asking(round, roundMs, current, sinceNanos);
            state = State.ASKING;
        });
    }

    private void lookForAnswers() {
        Asking current = asking;
        if (current == null) {
            return;
        }
        Map<Integer, String> silent = current.rule().silent(membership.registered());
        if (loop.nanoTime() - current.sinceNanos > TimeUnit.MILLISECONDS.toNanos(settings.graceMs()) / 2) {
            unanswered(silent);
            return;
        }
        if (silent.isEmpty()) {
            complete(current);
            return;
        }
        for (int broker : silent.keySet()) {
            if (current.asked.add(broker)) {
                CompletableFuture<Void> unused = bucket.answer(broker, current.round.id())
                        .handle((answer, failure) -> {
                            current.asked.remove(broker);
                            if (failure == null) {
                                answer.ifPresent(current::replied);
                            }
                            return null;
                        });
            }
        }
    }

    private void unanswered(Map<Integer, String> silent) {
        metrics.silent(silent.size());
        List<String> reasons = new ArrayList<>();
        silent.forEach((broker, reason) -> reasons.add("broker " + broker + " " + reason));
        CompletableFuture<Void> unused = ended(Outcome.UNANSWERED, String.join(", ", reasons));
    }

    private void complete(Asking current) {
        state = State.DELETING;
        BucketScan scanned = current.scan;
        Map<WriterIncarnation, SequenceSet> garbage = current.candidates;
        metrics.dead(garbage.values().stream().mapToLong(SequenceSet::size).sum());
        CompletableFuture<Void> deletions =
                bucket.write(current.round.completed()).<Void>thenApply(written -> null);
        for (Map.Entry<WriterIncarnation, SequenceSet> entry : garbage.entrySet()) {
            Present present = scanned.found().get(entry.getKey());
            if (present != null && !entry.getValue().isEmpty()) {
                GarbageRemoval removal = new GarbageRemoval(bucket, loop, current.round, metrics);
                deletions = deletions.thenCompose(done -> removal.run(entry.getKey(), entry.getValue(), present));
            }
        }
        CompletableFuture<Void> unused = deletions
                .thenCompose(done -> {
                    kept(scanned);
                    return ended(Outcome.COMPLETE, "");
                })
                .exceptionally(this::failed);
    }

    private void kept(BucketScan scanned) {
        long objects = 0;
        long bytes = 0;
        long oldestMs = 0;
        for (Present present : scanned.found().values()) {
            objects += present.sequences().size();
            bytes += present.bytes();
            long oldest = present.oldestMs().orElse(0L);
            oldestMs = oldest > 0 && (oldestMs == 0 || oldest < oldestMs) ? oldest : oldestMs;
        }
        metrics.kept(objects, bytes, oldestMs);
    }

    private @Nullable Void failed(Throwable failure) {
        CompletableFuture<Void> unused = ended(Outcome.FAILED, String.valueOf(failure));
        return null;
    }

    private CompletableFuture<Void> ended(Outcome outcome, String why) {
        metrics.ended(outcome, loop.wallTimeMs());
        if (outcome != Outcome.COMPLETE && outcome != lastOutcome) {
            LOG.atWarn()
                    .addKeyValue("outcome", outcome)
                    .addKeyValue("cause", why)
                    .log("Garbage collection round deleted nothing");
        }
        lastOutcome = outcome;
        asking = null;
        state = State.IDLE;
        return CompletableFuture.completedFuture(null);
    }
}
