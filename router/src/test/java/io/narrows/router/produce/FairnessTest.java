package io.narrows.router.produce;

import static io.narrows.router.produce.ThreeZones.GET_NANOS;
import static io.narrows.router.produce.ThreeZones.PUT_NANOS;
import static io.narrows.router.produce.ThreeZones.SLOW_NANOS;
import static io.narrows.router.produce.ThreeZones.context;
import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.router.policy.PathMode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Clients and partitions that delay no others. */
class FairnessTest {
    private static final long MS = ThreeZones.MS;

    @AutoClose
    private final ThreeZones zones = new ThreeZones();

    @Test
    void aSmallClientWaitsForOneWindowAndNotForAllThatABigOneHasLinedUp() {
        zones.putSlots = 1;
        zones.open(PathMode.STAGED);
        ProduceConnection big = zones.router.connect();
        List<CompletableFuture<List<BatchOutcome>>> bigs = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            bigs.add(zones.produce(big, 1 + i % 2, 256 << 10));
        }
        zones.loop.advance(MS);
        CompletableFuture<List<BatchOutcome>> small =
                zones.produce(zones.router.connect(), context("small"), 1, 1 << 10);

        zones.loop.advance(2 * PUT_NANOS + GET_NANOS + 10 * MS);

        assertThat(small).isCompleted();
        assertThat(bigs.stream().filter(CompletableFuture::isDone).count()).isLessThan(200);
        zones.loop.advance(10_000 * MS);
        assertThat(bigs).allMatch(CompletableFuture::isDone);
        assertThat(zones.objectBytes).as("bounded all the same").allMatch(bytes -> bytes <= 16 << 20);
    }

    @Test
    void aClientWhoseBytesAddNextToNothingWaitsForNoWindowAndKeepsItsOrder() {
        zones.open(PathMode.AUTO);
        ProduceConnection big = zones.router.connect();
        ProduceConnection small = zones.router.connect();
        List<Long> tookNanos = new ArrayList<>();
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            var unused = zones.produce(big, i % 3, 256 << 10);
            if (i % 20 == 0) {
                int number = i / 20;
                long sentAt = zones.loop.nanoTime();
                zones.produce(small, context("small"), 1, 1 << 10).whenComplete((outcome, failure) -> {
                    answered.add(number);
                    tookNanos.add(zones.loop.nanoTime() - sentAt);
                });
            }
            zones.loop.advance(5 * MS);
        }
        zones.loop.advance(1_000 * MS);

        assertThat(answered).hasSize(100).isSorted();
        assertThat(tookNanos.subList(40, 100))
                .as("once the windows' cost is known")
                .allMatch(took -> took < 10 * MS);
        assertThat(zones.objectBytes.stream().mapToLong(Integer::longValue).sum())
                .as("what the big one sent is staged")
                .isGreaterThan(1_900L * (256 << 10));
    }

    @Test
    void aSlowPartitionHoldsUpNothingOfOthersAtTheSameLeader() {
        zones.slowPartitions.add(1);
        zones.open(PathMode.STAGED);
        ProduceConnection client = zones.router.connect();
        CompletableFuture<List<BatchOutcome>> waits = zones.produce(client, 1, 64 << 10);
        List<CompletableFuture<List<BatchOutcome>>> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(zones.produce(client, 3, 64 << 10));
            others.add(zones.produce(zones.router.connect(), context("other"), 3, 64 << 10));
            zones.loop.advance(50 * MS);
        }
        zones.loop.advance(500 * MS);

        assertThat(others).allMatch(CompletableFuture::isDone);
        assertThat(waits).isNotDone();
        zones.loop.advance(SLOW_NANOS);
        assertThat(waits).isCompletedWithValueMatching(list -> list.get(0).errorCode() == Errors.NONE.code());
    }
}
