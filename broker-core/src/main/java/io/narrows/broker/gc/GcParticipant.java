package io.narrows.broker.gc;

import io.narrows.broker.gc.collector.Answer;
import io.narrows.broker.gc.collector.Answer.State;
import io.narrows.broker.gc.collector.Collector.Membership;
import io.narrows.broker.gc.collector.Floors;
import io.narrows.broker.gc.collector.GcBucket;
import io.narrows.broker.gc.collector.GcRound;
import io.narrows.broker.gc.collector.ReferenceReport;
import io.narrows.broker.gc.collector.Registration;
import io.narrows.broker.gc.collector.Reply;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.PutCondition;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Takes the broker's place in the bucket, learns which links must not be made any more, then answers the rounds of the
 * collector: raises the floors, takes the account, writes the answer. Owned by its loop; {@link #start}, {@link #loaded}
 * and {@link #stop} may be called from any thread.
 *
 * <pre>
 *   UNREGISTERED --registered--> PREPARING --floors read--> ANSWERING
 *                                    ^                          |
 *                                    +--- answer replaced ------+   with a newer epoch: FENCED, makes no more links
 * </pre>
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
    private final LocalBroker local;
    private final BrokerReferences references;
    private final StoreClock clock;

    /** Spreads the retries of brokers that failed at the same moment. */
    private final Random jitter;

    private boolean stopped;
    private boolean fenced;
    private boolean underWay;
    private boolean foreign;
    private boolean probed;
    private int failures;
    private long failedNanos;
    private long backoffNanos;
    private long complainedNanos;
    private boolean complained;
    private @Nullable Long loadedNanos;
    private @Nullable Done done;
    /** The answer that this process wrote last; null when it may have been replaced. */
    private @Nullable ObjectInfo written;

    /** {@code holdMs}: for how long the references remember what was dropped. */
    public record Settings(int brokerId, String clusterId, long pollNanos, long holdMs) {}

    /** The process that takes part. Asked by the loop. */
    public interface LocalBroker {
        /** As which start of the broker the controller registered this process, with the directories that it has now. */
        Optional<Registration> registration();

        /** Whether it has read the logs of all its directories. */
        boolean hasReadAllLogs();
    }

    /** What it works with. */
    public record Dependencies(
            GcBucket bucket, Loop loop, Membership membership, LocalBroker local, BrokerReferences references) {}

    private record Done(int collector, long round, State state) {
        long known(int other) {
            return collector == other && (state == State.READY || state == State.TOO_LARGE) ? round : 0;
        }
    }

    public GcParticipant(Settings settings, Dependencies dependencies) {
        this.settings = settings;
        this.bucket = dependencies.bucket();
        this.loop = dependencies.loop();
        this.membership = dependencies.membership();
        this.local = dependencies.local();
        this.references = dependencies.references();
        this.clock = new StoreClock(settings.holdMs());
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
        long pollNanos = references.isReady() || fenced
                ? settings.pollNanos()
                : Math.min(FIRST_POLLS_NANOS, settings.pollNanos());
        if (clock.polledAfterPause(loop.nanoTime(), pollNanos)) {
            suspended();
        }
        Loop.Timer unused = loop.schedule(pollNanos, this::poll);
        Optional<Registration> process = local.registration();
        boolean backingOff = failures > 0 && loop.nanoTime() - failedNanos < backoffNanos;
        if (underWay || backingOff || process.isEmpty()) {
            return;
        }
        underWay = true;
        CompletableFuture<Void> step = !references.isReady() || written == null
                ? prepare(process.get())
                : lookForRound(process.get(), written);
        CompletableFuture<Void> unusedEnd = step.handle((nothing, failure) -> {
            underWay = false;
            // Once is what happens when an object is replaced between the reading of its header and its body.
            if (failure == null && !foreign) {
                failures = 0;
            } else {
                failed();
            }
            if (failure != null && failures > 1) {
                complain(event -> event.setCause(failure)
                        .log("Garbage collection cannot use the bucket; this broker creates no links until it can"));
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

    /** A batch fetched before the suspension may still be appended; after one hold time it has been. */
    private void suspended() {
        if (loadedNanos != null) {
            loadedNanos = loop.nanoTime();
            done = null;
        }
        LOG.atWarn()
                .addKeyValue("holdMs", settings.holdMs())
                .log("This process was suspended: it sends no reference reports for one grace period");
    }

    /** In this order: no answer of an older process counts once this one has read the floors and may make links. */
    private CompletableFuture<Void> prepare(Registration process) {
        return probe().thenCompose(done -> owner()).thenCompose(owner -> {
            if (!owner.equals(settings.clusterId())) {
                complain(event -> event.addKeyValue("owner", owner)
                        .addKeyValue("cluster", settings.clusterId())
                        .log(
                                "The bucket belongs to another cluster; this broker creates no links. Give each cluster its "
                                        + "own bucket."));
                // Said already: what is left is to ask rarely whether the bucket has been given back.
                foreign = true;
                return CompletableFuture.completedFuture(null);
            }
            foreign = false;
            return takePlace(process).thenCompose(taken -> taken ? learnFloors() : nothing());
        });
    }

    private CompletableFuture<Void> probe() {
        return probed ? nothing() : bucket.probeConditions(settings.brokerId()).thenRun(() -> probed = true);
    }

    private CompletableFuture<String> owner() {
        return bucket.cluster()
                .thenCompose(owner -> owner.map(CompletableFuture::completedFuture)
                        .orElseGet(() -> bucket.claim(settings.clusterId())));
    }

    /** From now on the answers of an older process fail at the store; false when this process is the older one. */
    private CompletableFuture<Boolean> takePlace(Registration process) {
        int id = settings.brokerId();
        return bucket.answerInfo(id)
                .thenCompose(seen -> bucket.answer(id).thenCompose(reply -> {
                    long epoch = reply.map(Reply::answer)
                            .map(answer -> answer.from().registration().epoch())
                            .orElse(-1L);
                    if (epoch > process.epoch()) {
                        fence(epoch, process);
                        return CompletableFuture.completedFuture(false);
                    }
                    done = null;
                    Answer answer = answer(0, State.STARTING, process, new ReferenceReport());
                    return write(answer, PutCondition.unchanged(seen)).thenApply(done -> true);
                }));
    }

    private void fence(long epoch, Registration process) {
        if (!fenced) {
            fenced = true;
            LOG.atError()
                    .addKeyValue("epoch", process.epoch())
                    .addKeyValue("newerEpoch", epoch)
                    .log("A newer process answers as this broker: this one creates no links. Stop one of the two.");
        }
        references.fence();
    }

    private CompletableFuture<Void> learnFloors() {
        return bucket.rounds().thenAccept(rounds -> {
            Floors floors = Floors.NONE;
            for (GcRound round : rounds) {
                floors = floors.merge(round.floors());
            }
            fenced = false;
            references.raise(floors);
        });
    }

    private CompletableFuture<Void> lookForRound(Registration process, ObjectInfo last) {
        int collector = membership.collector();
        if (collector < 0 || !membership.registered().containsKey(settings.brokerId())) {
            return nothing();
        }
        Done before = done;
        return bucket.newRound(collector, before == null ? 0 : before.known(collector))
                .thenCompose(round -> answer(collector, round, process, last));
    }

    private CompletableFuture<Void> answer(
            int collector, Optional<GcRound> found, Registration process, ObjectInfo last) {
        if (found.isEmpty() || found.get().state() == GcRound.State.COMPLETE) {
            return nothing();
        }
        GcRound round = found.get();
        State state = state();
        references.raise(round.floors());
        ReferenceReport account = state == State.READY ? references.account() : new ReferenceReport();
        if (!GcBucket.fits(account)) {
            state = State.TOO_LARGE;
            account = new ReferenceReport();
        }
        Done now = new Done(collector, round.id(), state);
        if (now.equals(done)) {
            return nothing();
        }
        return write(answer(round.id(), state, process, account), PutCondition.matches(last.etag()))
                .thenRun(() -> done = now);
    }

    private Answer answer(long round, State state, Registration process, ReferenceReport account) {
        Map<Integer, Long> brokers = new HashMap<>();
        membership.registered().forEach((id, registration) -> brokers.put(id, registration.epoch()));
        brokers.merge(settings.brokerId(), process.epoch(), Math::max);
        return new Answer(
                round,
                new Answer.Respondent(settings.brokerId(), process),
                state,
                new Answer.Memory(settings.holdMs(), clock.expectedMs(loop.nanoTime())),
                brokers,
                account);
    }

    private CompletableFuture<Void> write(Answer answer, PutCondition condition) {
        written = null;
        return bucket.write(answer, condition).thenAccept(info -> {
            written = info;
            if (clock.wasBehind(answer.memory().expectedMs(), info.modifiedMs(), loop.nanoTime())) {
                suspended();
            }
        });
    }

    private State state() {
        Long loaded = loadedNanos;
        if (loaded == null || loop.nanoTime() - loaded <= TimeUnit.MILLISECONDS.toNanos(settings.holdMs())) {
            return State.STARTING;
        }
        return local.hasReadAllLogs() ? State.READY : State.DISK_OFFLINE;
    }

    private static CompletableFuture<Void> nothing() {
        return CompletableFuture.completedFuture(null);
    }

    private void complain(Consumer<LoggingEventBuilder> message) {
        long now = loop.nanoTime();
        if (!complained || now - complainedNanos >= COMPLAINT_NANOS) {
            complained = true;
            complainedNanos = now;
            message.accept(LOG.atError());
        }
    }
}
