package io.narrows.router.produce;

import static io.narrows.router.produce.ThreeZones.GET_NANOS;
import static io.narrows.router.produce.ThreeZones.PUT_NANOS;
import static io.narrows.router.produce.ThreeZones.ROUND_TRIP_NANOS;
import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.wal.Incarnation;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.StoreCircuitBreaker;
import io.narrows.router.topology.RelayEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The router in zone a: windows and their paths, the store and leaders that fail, the end. */
class RelayProduceRouterTest {
    private static final long MS = ThreeZones.MS;

    @AutoClose
    private final ThreeZones zones = new ThreeZones();

    @Test
    void tenMegabytesPerSecondMakeObjectsOfAMebibyteAndAMedianBelow140Ms() {
        zones.open(PathMode.AUTO);
        List<Long> tookNanos = new ArrayList<>();
        ProduceConnection[] clients = {zones.router.connect(), zones.router.connect(), zones.router.connect()};
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            long sentAt = zones.loop.nanoTime();
            // 64 KiB per batch, 160 batches per second.
            zones.produce(clients[i % 3], random.nextInt(3), 64 << 10).whenComplete((outcome, failure) -> {
                assertThat(outcome.get(0).errorCode()).isZero();
                tookNanos.add(zones.loop.nanoTime() - sentAt);
            });
            zones.loop.advance((long) (6.25 * MS * 2 * random.nextDouble()));
        }
        zones.loop.advance(1_000 * MS);

        assertThat(tookNanos).hasSize(1_000);
        long[] sorted = tookNanos.stream().mapToLong(Long::longValue).sorted().toArray();
        assertThat(sorted[sorted.length / 2]).isLessThan(140 * MS);
        // The first windows are small: the estimate has to learn the rate.
        List<Integer> settled = zones.objectBytes.subList(zones.objectBytes.size() / 4, zones.objectBytes.size());
        assertThat(settled.stream().mapToInt(Integer::intValue).average().orElse(0))
                .isGreaterThan(1 << 20);
    }

    @Test
    void whatWaitsForTheWriterInVainGoesAsBytes() {
        zones.putSlots = 0;
        zones.open(PathMode.STAGED);
        ProduceConnection big = zones.router.connect();
        List<CompletableFuture<List<BatchOutcome>>> bigs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            bigs.add(zones.produce(big, 1 + i % 2, 256 << 10));
        }
        zones.loop.advance(4_000 * MS);
        assertThat(bigs).allMatch(CompletableFuture::isDone);
        assertThat(zones.objectBytes).isEmpty();
    }

    @Test
    void aLeaderThatCannotReadObjectsGetsBytesWhileOthersGetPointers() {
        zones.blindLeaders.add(2);
        zones.open(PathMode.STAGED);
        ProduceConnection client = zones.router.connect();
        produceToBothRemoteLeaders(client, 20);
        int objects = zones.objectBytes.size();
        zones.frames.clear();

        List<CompletableFuture<List<BatchOutcome>>> calls = produceToBothRemoteLeaders(client, 20);

        assertThat(calls)
                .allSatisfy(call -> assertThat(call.join().get(0).errorCode()).isZero());
        assertThat(zones.objectBytes).hasSizeGreaterThan(objects);
        List<AppendEntry> sent = zones.frames.stream()
                .flatMap(frame -> frame.groups().stream())
                .flatMap(group -> group.entries().stream())
                .toList();
        assertThat(sent).filteredOn(entry -> entry.partition() == 1).allMatch(entry -> entry.pointer() != null);
        assertThat(sent).filteredOn(entry -> entry.partition() == 2).allMatch(entry -> entry.pointer() == null);
        assertThat(zones.status().s3()).isEqualTo(StoreCircuitBreaker.Status.CLOSED);
        assertThat(reads(2)).isEqualTo(StoreCircuitBreaker.Status.OPEN);
        assertThat(reads(1)).isEqualTo(StoreCircuitBreaker.Status.CLOSED);

        zones.blindLeaders.clear();
        zones.loop.advance(60_000 * MS);
        produceToBothRemoteLeaders(client, 5);

        assertThat(reads(2)).isEqualTo(StoreCircuitBreaker.Status.CLOSED);
    }

    private List<CompletableFuture<List<BatchOutcome>>> produceToBothRemoteLeaders(
            ProduceConnection client, int times) {
        List<CompletableFuture<List<BatchOutcome>>> calls = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            calls.add(zones.produce(client, 1, 64 << 10));
            calls.add(zones.produce(client, 2, 64 << 10));
            zones.loop.advance(20 * MS);
        }
        zones.loop.advance(400 * MS);
        return calls;
    }

    private StoreCircuitBreaker.Status reads(int leader) {
        return zones.status().links().stream()
                .filter(link -> link.brokerId() == leader)
                .findFirst()
                .orElseThrow()
                .reads();
    }

    @Test
    void aStartWhoseClockIsBehindFollowsWhatALeaderRemembers() {
        long ended = Incarnation.fresh(1_800_000_000_000L, new Random(1));
        zones.remembered.put(1, ended);
        zones.open(PathMode.DIRECT);

        CompletableFuture<List<BatchOutcome>> call = zones.produce(zones.router.connect(), 1, 1_000);
        zones.loop.advance(1_000 * MS);

        assertThat(call)
                .isCompletedWithValueMatching(outcomes -> outcomes.get(0).errorCode() == 0);
        assertThat(zones.hellos).hasSize(2);
        assertThat(zones.hellos.get(1).incarnation()).isGreaterThan(ended);
    }

    @Test
    void aStartThatWasReplacedDoesNotFenceWhatReplacedIt() {
        zones.open(PathMode.DIRECT);
        ProduceConnection client = zones.router.connect();
        zones.produce(client, 1, 1_000);
        zones.loop.advance(100 * MS);
        long replacedBy = Incarnation.fresh(1_800_000_000_000L, new Random(1));
        zones.remembered.put(1, replacedBy);
        zones.connections.get(0).close();
        zones.produce(client, 1, 1_000);
        zones.loop.advance(4_000 * MS);

        assertThat(zones.hellos).hasSizeGreaterThan(1).allMatch(hello -> hello.incarnation() < replacedBy);
    }

    @Test
    void aTrickleIsForwardedAtOnceWithoutAnyPut() {
        zones.open(PathMode.AUTO);
        ProduceConnection client = zones.router.connect();
        for (int i = 0; i < 100; i++) {
            long sentAt = zones.loop.nanoTime();
            long[] answeredAt = new long[1];
            zones.produce(client, i % 3, 1_000)
                    .whenComplete((outcome, failure) -> answeredAt[0] = zones.loop.nanoTime());
            zones.loop.advance(10 * MS);
            assertThat(answeredAt[0] - sentAt).isLessThanOrEqualTo(ROUND_TRIP_NANOS + 2 * MS);
        }
        assertThat(zones.objectBytes).isEmpty();
    }

    @Test
    void aStagedWindowIsOnePutAndOneFramePerLeader() {
        zones.open(PathMode.STAGED);
        ProduceConnection client = zones.router.connect();
        for (int i = 0; i < 12; i++) {
            zones.produce(client, i % 3, 10_000);
        }
        zones.loop.advance(1_000 * MS);

        assertThat(zones.objectBytes).containsExactly(120_000);
        assertThat(zones.frames).hasSize(3);
        for (AppendRequest frame : zones.frames) {
            AppendEntry entry = frame.groups().get(0).entries().get(0);
            boolean local = entry.partition() == 0;
            assertThat(entry.pointer()).isNotNull();
            assertThat(entry.bytes() != null).isEqualTo(local);
            assertThat(frame.groups()).hasSize(1);
        }
    }

    @Test
    void aWindowWhosePutFailsGoesAsBytes() {
        zones.s3Fails = true;
        zones.open(PathMode.STAGED);
        CompletableFuture<List<BatchOutcome>> outcome = zones.produce(zones.router.connect(), 1, 10_000);
        zones.loop.advance(1_000 * MS);

        assertThat(outcome).isCompletedWithValueMatching(list -> list.get(0).errorCode() == 0);
        assertThat(zones.frames.get(0).groups().get(0).entries().get(0).pointer())
                .isNull();
    }

    @Test
    void aFailingStoreIsLeftAloneUntilTheBreakerProbesIt() {
        zones.s3Fails = true;
        zones.open(PathMode.STAGED);
        ProduceConnection client = zones.router.connect();
        for (int i = 0; i < 30; i++) {
            zones.produce(client, 1, 10_000);
            zones.loop.advance(200 * MS);
        }
        assertThat(zones.objectBytes).hasSizeBetween(3, 8);
        assertThat(zones.status().s3()).isNotEqualTo(StoreCircuitBreaker.Status.CLOSED);

        zones.s3Fails = false;
        zones.produce(client, 1, 10_000);
        zones.loop.advance(8_000 * MS);
        zones.produce(client, 1, 10_000);
        zones.loop.advance(1_000 * MS);
        assertThat(zones.status().s3()).isEqualTo(StoreCircuitBreaker.Status.CLOSED);
    }

    @Test
    void aLeaderWithoutARelayEndpointIsARetriableError() {
        zones.unusualRelays.put(2, RelayEndpoint.NONE);
        zones.open(PathMode.AUTO);
        CompletableFuture<List<BatchOutcome>> outcome = zones.produce(zones.router.connect(), 2, 1_000);
        zones.loop.advance(100 * MS);
        assertThat(outcome)
                .isCompletedWithValueMatching(list -> list.get(0).errorCode() == Errors.LEADER_NOT_AVAILABLE.code());
    }

    @Test
    void aLeaderThatHasNotToldItsRelayEndpointYetIsWaitedFor() {
        zones.unusualRelays.put(2, RelayEndpoint.UNKNOWN);
        zones.open(PathMode.AUTO);
        CompletableFuture<List<BatchOutcome>> outcome = zones.produce(zones.router.connect(), 2, 1_000);
        zones.loop.advance(2_000 * MS);
        assertThat(outcome).isNotDone();

        zones.unusualRelays.clear();
        zones.loop.advance(2_000 * MS);
        assertThat(outcome).isCompletedWithValueMatching(list -> list.get(0).errorCode() == Errors.NONE.code());
    }

    @Test
    void aTopicThatDoesNotExistAnyMoreIsTheErrorOfAStockBroker() {
        zones.open(PathMode.AUTO);
        CompletableFuture<List<BatchOutcome>> outcome = zones.produce(zones.router.connect(), 9, 1_000);
        zones.loop.advance(100 * MS);
        assertThat(outcome)
                .isCompletedWithValueMatching(
                        list -> list.get(0).errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    @Test
    void flushSendsWhatIsHeldAndWhatComesLaterIsHeldAsEver() {
        zones.open(PathMode.STAGED);
        ProduceConnection client = zones.router.connect();
        CompletableFuture<List<BatchOutcome>> held = zones.produce(client, 1, 10_000);
        zones.router.flush();
        CompletableFuture<List<BatchOutcome>> later = zones.produce(client, 0, 10_000);
        zones.loop.advance(PUT_NANOS + GET_NANOS + 10 * MS);

        assertThat(held).isCompleted();
        assertThat(later).isNotCompleted();
    }

    @Test
    void drainSendsWhatIsHeldAndEndsWithTheLastAnswer() {
        zones.open(PathMode.STAGED);
        CompletableFuture<List<BatchOutcome>> outcome = zones.produce(zones.router.connect(), 1, 10_000);
        zones.loop.advance(1 * MS);
        CompletableFuture<Boolean> drained = zones.router.drain(5_000 * MS);
        zones.loop.advance(PUT_NANOS + GET_NANOS + 10 * MS);

        assertThat(outcome).isCompleted();
        assertThat(drained).isCompletedWithValue(true);
    }

    @Test
    void closeAnswersWhatIsUnderWayAndRefusesWhatComesLater() {
        zones.open(PathMode.STAGED);
        ProduceConnection client = zones.router.connect();
        CompletableFuture<List<BatchOutcome>> before = zones.produce(client, 1, 10_000);
        zones.loop.advance(1 * MS);
        zones.router.close();
        CompletableFuture<List<BatchOutcome>> after = zones.produce(client, 1, 10_000);
        zones.loop.runPending();
        assertThat(before).isCompleted();
        assertThat(after).isCompleted();
    }
}
