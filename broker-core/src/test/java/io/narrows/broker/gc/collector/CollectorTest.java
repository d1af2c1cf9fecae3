package io.narrows.broker.gc.collector;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.gc.collector.Collector.Membership;
import io.narrows.relay.loop.Loop;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.store.ForwardingObjectStore;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.MemoryObjectStore.Operation;
import io.narrows.relay.store.PutCondition;
import io.netty.buffer.Unpooled;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class CollectorTest {
    private static final long GRACE_MS = 10_000;
    private static final WriterIncarnation OLD = new WriterIncarnation("proxy", 1);
    private static final WriterIncarnation NEW = new WriterIncarnation("proxy", 2);

    private static final Map<Integer, Long> EPOCHS = Map.of(1, 1L, 2, 2L);

    private final Map<Operation, Integer> requests = new EnumMap<>(Operation.class);
    private final ManualLoop loop = new ManualLoop(1_000_000);
    private final MemoryObjectStore store = new MemoryObjectStore(loop, (operation, key, bytes) -> {
        if (operation != Operation.LIST || key.startsWith("wal/")) {
            requests.merge(operation, 1, Integer::sum);
        }
        return Effect.NONE;
    });
    private GcBucket bucket = new GcBucket(store, loop);
    private final MetricRegistry registry = new MetricRegistry();
    private Map<Integer, Registration> registered = Map.of(1, process(1), 2, process(2));
    private int collector = 1;

    @Test
    void anUnreferencedOldObjectIsDeletedOnceAllBrokersHaveResponded() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        objects(NEW, 0, 3);
        start();
        answerWith(1, account(OLD, 1));
        answerWith(2, account(OLD, 3));
        seconds(2);

        assertThat(wal()).containsExactly(key(OLD, 1), key(OLD, 3), key(NEW, 0), key(NEW, 1), key(NEW, 2));
        assertThat(counter("deleted.objects")).isEqualTo(3);
        assertThat(counter("deleted.bytes")).isEqualTo(300);
        assertThat(counter("rounds.complete")).isEqualTo(1);
        assertThat(gauge("referenced.objects")).isEqualTo(2);
        assertThat(gauge("referenced.bytes")).isEqualTo(200);
        assertThat(gauge("unreferenced.objects")).isZero();
        assertThat(gauge("oldest.object.age.seconds")).isGreaterThanOrEqualTo(11);
    }

    @Test
    void oneBrokerThatSaysNothingStopsAll() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        start();
        answerWith(1, new ReferenceReport());
        seconds(7);

        assertThat(wal()).hasSize(5);
        assertThat(gauge("unresponsive.brokers")).isEqualTo(1);
        assertThat(counter("rounds.unanswered")).isEqualTo(1);
    }

    @Test
    void aBrokerThatOnlyAnAnswerKnowsMustAnswerToo() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        start();
        answer(answerOf(1, Answer.State.READY, GRACE_MS, Map.of(1, 1L, 2, 2L, 3, 3L), new ReferenceReport()));
        answerWith(2, new ReferenceReport());
        seconds(2);
        assertThat(wal()).hasSize(5);

        answerWith(3, new ReferenceReport());
        seconds(2);
        assertThat(wal()).isEmpty();
    }

    @Test
    void answersWithoutAnAccountOrWithAShortMemoryDoNotCount() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        start();
        answerWith(1, new ReferenceReport());
        answer(answerOf(2, Answer.State.STARTING, GRACE_MS, EPOCHS, new ReferenceReport()));
        seconds(1);
        answer(answerOf(2, Answer.State.READY, GRACE_MS - 1, EPOCHS, new ReferenceReport()));
        seconds(1);
        assertThat(wal()).hasSize(5);
    }

    @Test
    void aBrokerThatIsReadyLaterInARoundCounts() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        start();
        answerWith(1, new ReferenceReport());
        answer(answerOf(2, Answer.State.STARTING, GRACE_MS, EPOCHS, new ReferenceReport()));
        seconds(1);
        answerWith(2, new ReferenceReport());
        seconds(1);
        assertThat(wal()).isEmpty();
    }

    @Test
    void anAnswerOfAnotherProcessThanTheRegisteredOneDoesNotCount() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        registered = Map.of(1, process(1), 2, new Registration(7, "incarnation-new", Set.of("directory-2")));
        start();
        answerWith(1, new ReferenceReport());
        answerWith(2, new ReferenceReport());
        seconds(7);
        assertThat(wal()).hasSize(5);
        assertThat(counter("rounds.unanswered")).isEqualTo(1);
    }

    @Test
    void anAnswerWithoutARegisteredDirectoryDoesNotCount() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        registered = Map.of(1, process(1), 2, new Registration(2, "incarnation-2", Set.of("directory-2", "second")));
        start();
        answerWith(1, new ReferenceReport());
        answerWith(2, new ReferenceReport());
        seconds(2);
        assertThat(wal()).hasSize(5);
    }

    @Test
    void aNewerProcessThatAnotherBrokerKnowsMustAnswer() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        start();
        answer(answerOf(1, Answer.State.READY, GRACE_MS, Map.of(1, 1L, 2, 9L), new ReferenceReport()));
        answerWith(2, new ReferenceReport());
        seconds(2);
        assertThat(wal()).hasSize(5);
    }

    @Test
    void anAnswerOfABrokerThatWasSuspendedDoesNotCount() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        start();
        answerWith(1, new ReferenceReport());
        Answer late = answerOf(2, Answer.State.READY, GRACE_MS, EPOCHS, new ReferenceReport());
        seconds(3);
        answer(late);
        seconds(1);
        assertThat(wal()).hasSize(5);
    }

    /** The collector's own clock says that all came at the same time: its machine was suspended. */
    @Test
    void answersThatAreHalfAGracePeriodApartByTheStoresClockAreNotOneRound() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        start(new SuspendedClock());
        answerWith(1, new ReferenceReport());
        seconds(6);
        answerWith(2, new ReferenceReport());
        seconds(2);
        assertThat(wal()).hasSize(5);
    }

    /** The process is suspended while the response is on its way: object 1 came after the listing, and is old by then. */
    @Test
    void objectsThatAStaleListingDoesNotShowAreFoundLater() {
        claim("cluster");
        objects(OLD, 0, 1);
        objects(OLD, 2, 1);
        boolean[] stale = {true};
        bucket = new GcBucket(
                new ForwardingObjectStore(store) {
                    @Override
                    public CompletableFuture<Listing> list(String prefix, String startAfter, int maxKeys) {
                        CompletableFuture<Listing> page = super.list(prefix, startAfter, maxKeys);
                        if (!prefix.equals("wal/") || !stale[0]) {
                            return page;
                        }
                        stale[0] = false;
                        return page.thenCompose(listing -> {
                            objects(OLD, 1, 1);
                            CompletableFuture<Listing> late = new CompletableFuture<>();
                            var unused = loop.schedule(
                                    TimeUnit.MILLISECONDS.toNanos(GRACE_MS + 1), () -> late.complete(listing));
                            return late;
                        });
                    }
                },
                loop);
        start();
        for (int second = 0; second < 60; second++) {
            seconds(1);
            var round = bucket.newRound(1, 0);
            loop.runPending();
            if (round.getNow(null).isPresent()) {
                answerWith(1, new ReferenceReport());
                answerWith(2, new ReferenceReport());
            }
        }
        assertThat(wal()).isEmpty();
    }

    @Test
    void anObjectThatWasWrittenAgainSinceItWasFoundIsNotDeleted() {
        claim("cluster");
        objects(OLD, 0, 3);
        seconds(11);
        start();
        objects(OLD, 1, 1);
        answerWith(1, new ReferenceReport());
        answerWith(2, new ReferenceReport());
        seconds(1);
        assertThat(wal()).containsExactly(key(OLD, 1));
    }

    @Test
    void whatWasPassedOverIsFoundAfterADay() {
        passOverOne();
        loop.advance(TimeUnit.HOURS.toNanos(24));
        answeredRounds(3);
        assertThat(wal()).isEmpty();
    }

    @Test
    void aNewCollectorFindsWhatTheOneBeforePassedOver() {
        passOverOne();
        collector = 2;
        seconds(7);
        collector = 1;
        seconds(5);
        answeredRounds(3);
        assertThat(wal()).isEmpty();
    }

    /** Object 1 comes when later ones have been found: listings do not go back there. */
    private void passOverOne() {
        claim("cluster");
        objects(OLD, 0, 1);
        objects(OLD, 2, 1);
        seconds(11);
        start();
        answeredRounds(1);
        objects(OLD, 1, 1);
        seconds(11);
        answeredRounds(3);
        assertThat(wal()).containsExactly(key(OLD, 1));
    }

    private void answeredRounds(int count) {
        for (int round = 0; round < count; round++) {
            answerWith(1, new ReferenceReport());
            answerWith(2, new ReferenceReport());
            seconds(5);
        }
    }

    /** Its monotonic clock is stopped. */
    private final class SuspendedClock extends ForwardingLoop {
        @Override
        public long nanoTime() {
            return 0;
        }
    }

    /** The time of its machine is wrong. */
    private final class WrongClock extends ForwardingLoop {
        private final long aheadMs;

        WrongClock(long aheadMs) {
            this.aheadMs = aheadMs;
        }

        @Override
        public long wallTimeMs() {
            return loop.wallTimeMs() + aheadMs;
        }
    }

    private abstract class ForwardingLoop implements Loop {
        @Override
        public long nanoTime() {
            return loop.nanoTime();
        }

        @Override
        public void execute(Runnable task) {
            loop.execute(task);
        }

        @Override
        public boolean inLoop() {
            return true;
        }

        @Override
        public long wallTimeMs() {
            return loop.wallTimeMs();
        }

        @Override
        public Timer schedule(long delayNanos, Runnable task) {
            return loop.schedule(delayNanos, task);
        }
    }

    @Test
    void theBucketOfAnotherClusterIsLeftAlone() {
        claim("another");
        objects(OLD, 0, 5);
        seconds(11);
        start();
        seconds(2);
        assertThat(store.keys()).noneMatch(key -> key.startsWith("gc/rounds/"));
        assertThat(counter("rounds.foreign")).isPositive();
    }

    @Test
    void aBucketWithoutAnOwnerIsLeftAlone() {
        objects(OLD, 0, 5);
        seconds(11);
        start();
        seconds(2);
        assertThat(store.keys()).noneMatch(key -> key.startsWith("gc/rounds/"));
        assertThat(counter("rounds.foreign")).isPositive();
    }

    @Test
    void onlyTheCollectorAsks() {
        claim("cluster");
        collector = 2;
        start();
        seconds(3);
        assertThat(store.keys()).noneMatch(key -> key.startsWith("gc/rounds/"));
    }

    /** The last registered brokers were unregistered while this one runs. */
    @Test
    void aRoundWithoutBrokersDeletesNothing() {
        claim("cluster");
        objects(OLD, 0, 5);
        seconds(11);
        registered = Map.of();
        start();
        seconds(7);
        assertThat(wal()).hasSize(5);
        assertThat(counter("rounds.unanswered")).isEqualTo(1);
    }

    @Test
    void floorsAreForgottenByTheStoresClock() {
        claim("cluster");
        loop.advance(TimeUnit.DAYS.toNanos(10));
        long now = loop.wallTimeMs();
        Floors earlier = Floors.of(Map.of(
                OLD, new Floors.Floor(77, now - TimeUnit.DAYS.toMillis(8)),
                NEW, new Floors.Floor(77, now)));
        var unused = bucket.write(new GcRound(5, 9, GcRound.State.OPEN, 0, GRACE_MS, earlier));
        start(new WrongClock(TimeUnit.DAYS.toMillis(100)));
        seconds(1);
        assertThat(round().floors().byIncarnation()).containsOnlyKeys(OLD, NEW);

        answerWith(1, new ReferenceReport());
        answerWith(2, new ReferenceReport());
        seconds(5);
        assertThat(round().floors().byIncarnation()).containsOnlyKeys(NEW);
    }

    /** Objects may be old, and are below a floor all the same as long as they are there. */
    @Test
    void whatIsOlderThanFloorsAreRememberedIsCollected() {
        claim("cluster");
        objects(OLD, 0, 5);
        loop.advance(TimeUnit.DAYS.toNanos(10));
        start();
        for (int round = 0; round < 3; round++) {
            answerWith(1, account(OLD, 2));
            answerWith(2, new ReferenceReport());
            seconds(5);
            assertThat(round().floors().byIncarnation().get(OLD).sequence()).isEqualTo(5);
        }
        assertThat(wal()).containsExactly(key(OLD, 2));
    }

    @Test
    void floorsOfEarlierCollectorsStay() {
        claim("cluster");
        Floors earlier = Floors.of(Map.of(NEW, new Floors.Floor(77, loop.wallTimeMs())));
        var unused = bucket.write(new GcRound(5, 9, GcRound.State.OPEN, 0, GRACE_MS, earlier));
        start();
        seconds(1);
        assertThat(round().floors().byIncarnation()).containsKey(NEW);
    }

    /** The other one lives on beside it, cut off from the controller, and its clock is behind: it finds nothing. */
    @Test
    void anotherProcessOfTheCollectorDoesNotLowerFloors() {
        claim("cluster");
        loop.advance(TimeUnit.DAYS.toNanos(3));
        objects(OLD, 0, 5);
        seconds(11);
        start(new WrongClock(-TimeUnit.DAYS.toMillis(2)));
        seconds(1);
        assertThat(round().floors()).isEqualTo(Floors.NONE);
        start();
        Set<Boolean> found = new HashSet<>();
        for (int second = 0; second < 30; second++) {
            seconds(1);
            found.add(round().startedAtMs() > TimeUnit.DAYS.toMillis(2));
            assertThat(round().floors().byIncarnation().get(OLD).sequence()).isEqualTo(5);
        }
        assertThat(found).as("both write rounds").hasSize(2);
    }

    /** RFC 0005: what a round costs. */
    @Test
    void aRoundWithoutNewsCostsTwoListingsPerIncarnation() {
        claim("cluster");
        objects(OLD, 0, 3_000);
        objects(NEW, 0, 3_000);
        seconds(11);
        start();
        ReferenceReport all = account(OLD, 0, 2_999);
        all.add(NEW, ranges(0, 2_999), "t-0");
        answerWith(1, all);
        answerWith(2, new ReferenceReport());
        seconds(2);
        assertThat(requests.get(Operation.LIST))
                .as("the first look at everything")
                .isLessThanOrEqualTo(10);

        requests.clear();
        seconds(5);
        assertThat(requests.get(Operation.LIST)).isLessThanOrEqualTo(2 * 2 + 1);
        assertThat(requests.get(Operation.PUT)).isEqualTo(1);
        assertThat(requests.getOrDefault(Operation.DELETE, 0)).isZero();
    }

    @Test
    void aThousandDeletionsAreOneRequest() {
        claim("cluster");
        objects(OLD, 0, 2_500);
        seconds(11);
        start();
        requests.clear();
        answerWith(1, new ReferenceReport());
        answerWith(2, new ReferenceReport());
        seconds(2);
        assertThat(wal()).isEmpty();
        assertThat(requests.get(Operation.DELETE)).isEqualTo(3);
        assertThat(requests.get(Operation.LIST)).isEqualTo(3);
    }

    private void start() {
        start(loop);
    }

    private void start(Loop clock) {
        Membership membership = new Membership() {
            @Override
            public Map<Integer, Registration> registered() {
                return registered;
            }

            @Override
            public int collector() {
                return collector;
            }
        };
        new Collector(
                        new Collector.Settings(1, "cluster", 5_000, GRACE_MS),
                        new Collector.Dependencies(
                                bucket, clock, membership, new Random(1), new GcMetrics(registry, loop::wallTimeMs)))
                .start();
        loop.runPending();
    }

    private void claim(String cluster) {
        var unused = bucket.claim(cluster);
        loop.runPending();
    }

    private void objects(WriterIncarnation incarnation, long from, int count) {
        for (long sequence = from; sequence < from + count; sequence++) {
            var unused = store.put(key(incarnation, sequence), Unpooled.wrappedBuffer(new byte[100]));
        }
        loop.runPending();
    }

    private GcRound round() {
        var round = bucket.newRound(1, 0);
        loop.runPending();
        return round.getNow(null).orElseThrow();
    }

    private void answerWith(int broker, ReferenceReport account) {
        answer(answerOf(broker, Answer.State.READY, GRACE_MS, EPOCHS, account));
    }

    /** Of a process whose clock keeps up with the store's. */
    private Answer answerOf(
            int broker, Answer.State state, long holdMs, Map<Integer, Long> epochs, ReferenceReport account) {
        return new Answer(
                round().id(),
                new Answer.Respondent(broker, process(broker)),
                state,
                new Answer.Memory(holdMs, loop.wallTimeMs()),
                epochs,
                account);
    }

    private static Registration process(int broker) {
        return new Registration(broker, "incarnation-" + broker, Set.of("directory-" + broker));
    }

    private void answer(Answer answer) {
        var seen = bucket.answerInfo(answer.broker());
        loop.runPending();
        var unused = bucket.write(answer, PutCondition.unchanged(seen.getNow(null)));
        loop.runPending();
    }

    private static ReferenceReport account(WriterIncarnation incarnation, long sequence) {
        return account(incarnation, sequence, sequence);
    }

    private static ReferenceReport account(WriterIncarnation incarnation, long first, long last) {
        ReferenceReport account = new ReferenceReport();
        account.add(incarnation, ranges(first, last), "t-0");
        return account;
    }

    private static SequenceSet ranges(long first, long last) {
        SequenceSet ranges = new SequenceSet();
        ranges.add(first, last);
        return ranges;
    }

    private static String key(WriterIncarnation incarnation, long sequence) {
        return incarnation.object(sequence).key();
    }

    private List<String> wal() {
        return store.keys().stream().filter(key -> key.startsWith("wal/")).toList();
    }

    private void seconds(int seconds) {
        loop.advance(TimeUnit.SECONDS.toNanos(seconds));
    }

    private long counter(String name) {
        return registry.counter("narrows.gc." + name).getCount();
    }

    private long gauge(String name) {
        Gauge<?> gauge = registry.getGauges().get("narrows.gc." + name);
        return ((Number) gauge.getValue()).longValue();
    }
}
