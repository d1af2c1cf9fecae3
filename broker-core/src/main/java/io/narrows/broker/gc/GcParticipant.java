package io.narrows.broker.gc;

import io.narrows.relay.gc.Account;
import io.narrows.relay.gc.Answer;
import io.narrows.relay.gc.Answer.State;
import io.narrows.relay.gc.Collector.Membership;
import io.narrows.relay.gc.Floors;
import io.narrows.relay.gc.GcBucket;
import io.narrows.relay.gc.Round;
import io.narrows.relay.loop.Loop;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns at the start which links must not be made any more, then answers the rounds of the collector: raises the floors, takes
 * the account, writes the answer. Owned by its loop; {@link #start}, {@link #loaded} and {@link #stop} may be called from
 * any thread.
 */
public final class GcParticipant {
    private static final Logger LOG = LoggerFactory.getLogger(GcParticipant.class);
    private static final long FIRST_POLLS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** While the store refuses, it is asked ever more rarely, down to this. */
    private static final long MAX_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(15);

    private static final int MAX_DOUBLINGS = 10;
    private static final long COMPLAINT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Settings settings;
    private final GcBucket bucket;
    private final Loop loop;
    private final Membership membership;
    private final Disks disks;
    private final BrokerReferences references;
    /** Spreads the retries of brokers that failed at the same moment. */
    private final Random jitter;

    private boolean stopped;
    private boolean underWay;
    private boolean foreign;
    private int failures;
    private long failedNanos;
    private long backoffNanos;
    private long complainedNanos;
    private boolean complained;
    private @Nullable Long loadedNanos;
    private @Nullable Done done;

    /** {@code holdMs}: for how long the references remember what went. */
    public record Settings(int brokerId, String clusterId, long pollNanos, long holdMs) {}

    /** Says whether the broker has read all its logs. Asked by the loop. */
    @FunctionalInterface
    public interface Disks {
        boolean complete();
    }

    /** What it works with. */
    public record Parts(GcBucket bucket, Loop loop, Membership membership, Disks disks, BrokerReferences references) {}

    private record Done(int collector, long round, State state) {
        long known(int other) {
            return collector == other && state == State.READY ? round : 0;
        }
    }

    public GcParticipant(Settings settings, Parts parts) {
        this.settings = settings;
        this.bucket = parts.bucket();
        this.loop = parts.loop();
        this.membership = parts.membership();
        this.disks = parts.disks();
        this.references = parts.references();
        this.jitter = new Random(settings.brokerId());
    }

    public void start() {
        loop.execute(this::poll);
    }

    /** All logs are open and the broker serves: the hold begins, after which it knows all it must account for. */
    public void loaded() {
        loop.execute(() -> loadedNanos = loop.nanoTime());
    }

    public void stop() {
        loop.execute(() -> stopped = true);
    }

    private void poll() {
        if (stopped) {
            return;
        }
        Loop.Timer unused = loop.schedule(
                references.isReady() ? settings.pollNanos() : Math.min(FIRST_POLLS_NANOS, settings.pollNanos()),
                this::poll);
        if (underWay || (failures > 0 && loop.nanoTime() - failedNanos < backoffNanos)) {
            return;
        }
        underWay = true;
        CompletableFuture<Void> step = references.isReady() ? lookForRound() : learnFloors();
        CompletableFuture<Void> unusedEnd = step.handle((nothing, failure) -> {
            underWay = false;
            // Once is what happens when an object is replaced between the reading of its header and its body.
            if (failure == null && !foreign) {
                failures = 0;
            } else {
                failed();
            }
            if (failure != null && failures > 1) {
                complain("garbage collection can not reach the bucket: " + failure);
            }
            return null;
        });
    }

    private void failed() {
        long most = Math.min(MAX_BACKOFF_NANOS, FIRST_POLLS_NANOS << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        failedNanos = loop.nanoTime();
        backoffNanos = most / 2 + jitter.nextLong(most / 2 + 1);
    }

    private CompletableFuture<Void> learnFloors() {
        return bucket.cluster().thenCompose(owner -> {
            if (owner.isEmpty()) {
                return bucket.claim(settings.clusterId());
            }
            if (!owner.get().equals(settings.clusterId())) {
                complain("the bucket belongs to cluster " + owner.get() + ", this one is " + settings.clusterId()
                        + ": no links are made. Give each cluster a bucket of its own.");
                // Said already: what is left is to ask rarely whether the bucket has been given back.
                foreign = true;
                return CompletableFuture.completedFuture(null);
            }
            foreign = false;
            return bucket.rounds().thenAccept(rounds -> {
                Floors floors = Floors.NONE;
                for (Round round : rounds) {
                    floors = floors.merge(round.floors(), loop.wallTimeMs());
                }
                references.raise(floors, loop.wallTimeMs());
            });
        });
    }

    private CompletableFuture<Void> lookForRound() {
        int collector = membership.collector();
        if (collector < 0 || !membership.registered().contains(settings.brokerId())) {
            return CompletableFuture.completedFuture(null);
        }
        Done last = done;
        return bucket.newRound(collector, last == null ? 0 : last.known(collector))
                .thenCompose(round -> answer(collector, round));
    }

    private CompletableFuture<Void> answer(int collector, Optional<Round> found) {
        if (found.isEmpty() || found.get().state() == Round.State.COMPLETE) {
            return CompletableFuture.completedFuture(null);
        }
        Round round = found.get();
        State state = state();
        Done now = new Done(collector, round.id(), state);
        if (now.equals(done)) {
            return CompletableFuture.completedFuture(null);
        }
        references.raise(round.floors(), round.startedAtMs());
        Account account = state == State.READY ? references.account() : new Account();
        Answer answer =
                new Answer(round.id(), settings.brokerId(), state, settings.holdMs(), membership.registered(), account);
        return bucket.write(answer).thenRun(() -> done = now);
    }

    private State state() {
        Long loaded = loadedNanos;
        if (loaded == null || loop.nanoTime() - loaded <= TimeUnit.MILLISECONDS.toNanos(settings.holdMs())) {
            return State.STARTING;
        }
        return disks.complete() ? State.READY : State.DISK_OFFLINE;
    }

    private void complain(String what) {
        long now = loop.nanoTime();
        if (!complained || now - complainedNanos >= COMPLAINT_NANOS) {
            complained = true;
            complainedNanos = now;
            LOG.error(what);
        }
    }
}
