package io.narrows.relay.wal;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.testing.LeakDetection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakDetection.class)
class PipelinedWalWriterTest {
    private static final long MS = 1_000_000;

    private final ManualLoop loop = new ManualLoop(1_700_000_000_000L);
    private final MetricRegistry registry = new MetricRegistry();
    private LongFunction<Effect> effect = number -> Effect.delay(10 * MS);
    private long puts;
    private final MemoryObjectStore store =
            new MemoryObjectStore(loop, (operation, key, bytes) -> effect.apply(puts++));
    private PipelinedWalWriter writer = writer(new WalWriterLimits(2, 1_000, 100, 2, 100 * MS));

    @Test
    void pointersNameTheObjectAndItsBytes() {
        CompletableFuture<List<Pointer>> first = writer.write(List.of(block(1), block(2)));
        CompletableFuture<List<Pointer>> second = writer.write(List.of(block(3)));

        loop.advance(10 * MS);

        assertThat(first.join()).extracting(Pointer::object).containsOnly(new WalObjectId("w", 5, 0));
        assertThat(second.join()).extracting(Pointer::object).containsExactly(new WalObjectId("w", 5, 1));
        CompletableFuture<WalIndex> index = WalObjectReader.index(store, new WalObjectId("w", 5, 0));
        loop.advance(20 * MS);
        assertThat(index.join().entries())
                .extracting(entry -> entry.pointer(new WalObjectId("w", 5, 0)))
                .containsExactlyElementsOf(first.join());
    }

    @Test
    void severalPutsAreInFlightAndTheNextOneStartsWhenOneEnds() {
        assertThat(writer.ready()).isTrue();
        writer.write(List.of(block(1)));
        writer.write(List.of(block(2)));
        assertThat(writer.ready()).isFalse();
        assertThat(writer.readyInNanos()).isZero();
        writer.write(List.of(block(3)));
        assertThat(puts).isEqualTo(2);

        loop.advance(10 * MS);

        assertThat(puts).isEqualTo(3);
        assertThat(writer.ready()).isTrue();
    }

    @Test
    void aSlotIsFreeBeforeTheCallerHearsOfItsWindow() {
        writer.write(List.of(block(1)));
        List<Boolean> readyAtEnd = new ArrayList<>();
        writer.write(List.of(block(2))).thenAccept(pointers -> readyAtEnd.add(writer.ready()));

        loop.advance(10 * MS);

        assertThat(readyAtEnd).containsExactly(true);
    }

    @Test
    void putsBeyondTheCeilingWaitForTheirTurn() {
        writer = writer(new WalWriterLimits(10, 4, 2, 10, 10_000 * MS));
        for (int i = 0; i < 5; i++) {
            writer.write(List.of(block(i)));
        }
        assertThat(puts).isEqualTo(2);
        assertThat(writer.ready()).isFalse();
        assertThat(writer.readyInNanos()).isEqualTo(250 * MS);

        loop.advance(249 * MS);
        assertThat(puts).isEqualTo(2);
        loop.advance(MS);
        assertThat(puts).isEqualTo(3);
        loop.advance(500 * MS);

        assertThat(puts).isEqualTo(5);
        loop.advance(500 * MS);
        assertThat(writer.ready()).isTrue();
    }

    @Test
    void windowsBeyondTheQueueAreRefusedAndReleased() {
        for (int i = 0; i < 4; i++) {
            writer.write(List.of(block(i)));
        }
        WalBlock refused = block(9);

        assertThat(kind(writer.write(List.of(refused)))).isEqualTo(Kind.UNAVAILABLE);

        assertThat(refused.bytes().refCnt()).isZero();
        loop.advance(100 * MS);
        assertThat(store.keys()).hasSize(4);
    }

    @Test
    void aWindowFailsAtItsDeadlineAndALateObjectIsAnOrphan() {
        effect = number -> Effect.delay(150 * MS);
        CompletableFuture<List<Pointer>> hanging = writer.write(List.of(block(1)));

        loop.advance(100 * MS);
        assertThat(kind(hanging)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(registry.counter(WalMetrics.IN_FLIGHT).getCount()).isEqualTo(1);
        loop.advance(50 * MS);

        assertThat(registry.meter(WalMetrics.ORPHANS).getCount()).isEqualTo(1);
        assertThat(registry.counter(WalMetrics.IN_FLIGHT).getCount()).isZero();
    }

    @Test
    void aWindowThatWaitsBehindHangingPutsIsReleasedAtItsDeadline() {
        effect = number -> Effect.delay(150 * MS);
        writer.write(List.of(block(1)));
        writer.write(List.of(block(2)));
        WalBlock waiting = block(3);
        CompletableFuture<List<Pointer>> third = writer.write(List.of(waiting));

        loop.advance(100 * MS);

        assertThat(kind(third)).isEqualTo(Kind.UNAVAILABLE);
        assertThat(waiting.bytes().refCnt()).isZero();
        loop.advance(100 * MS);
        assertThat(puts).isEqualTo(2);
    }

    @Test
    void aFailedPutIsReportedAsTheStoreTypedIt() {
        effect = number -> Effect.fail(5 * MS, Kind.INVALID);
        CompletableFuture<List<Pointer>> failed = writer.write(List.of(block(1)));

        loop.advance(5 * MS);

        assertThat(kind(failed)).isEqualTo(Kind.INVALID);
        assertThat(registry.meter(WalMetrics.PUT_FAILURES).getCount()).isEqualTo(1);
        assertThat(writer.ready()).isTrue();
    }

    @Test
    void aWindowThatMakesNoObjectIsInvalidAndFreesItsSlot() {
        CompletableFuture<List<Pointer>> failed = writer.write(List.of(Blocks.block(1, 0, 0, new byte[0])));

        assertThat(kind(failed)).isEqualTo(Kind.INVALID);
        assertThat(registry.counter(WalMetrics.IN_FLIGHT).getCount()).isZero();
    }

    @Test
    void aClosedWriterTakesNothingMoreButFinishesWhatItHas() {
        CompletableFuture<List<Pointer>> before = writer.write(List.of(block(1)));
        writer.close();

        assertThat(writer.ready()).isFalse();
        assertThat(kind(writer.write(List.of(block(2))))).isEqualTo(Kind.UNAVAILABLE);
        loop.advance(10 * MS);
        assertThat(before.join()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void underRandomFaultsEveryWindowEndsOnceAndEveryPointerIsDurable(long seed) {
        Random random = new Random(seed);
        writer = writer(new WalWriterLimits(3, 200, 5, 4, 60 * MS));
        effect = number -> switch (random.nextInt(6)) {
            case 0 -> Effect.fail(random.nextInt(30) * MS, Kind.UNAVAILABLE);
            case 1 -> Effect.loseAnswer(random.nextInt(30) * MS);
            case 2 -> Effect.delay(random.nextInt(200) * MS);
            default -> Effect.delay(random.nextInt(20) * MS);
        };
        List<CompletableFuture<List<Pointer>>> windows = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            windows.add(writer.write(Blocks.random(random, 1 + random.nextInt(5), 100)));
            loop.advance(random.nextInt(12) * MS);
            assertThat(registry.counter(WalMetrics.IN_FLIGHT).getCount()).isLessThanOrEqualTo(3);
        }
        loop.advance(1_000 * MS);

        Set<WalObjectId> objects = new HashSet<>();
        for (CompletableFuture<List<Pointer>> window : windows) {
            assertThat(window).as("seed %d", seed).isDone();
            if (!window.isCompletedExceptionally()) {
                WalObjectId id = window.join().get(0).object();
                assertThat(objects.add(id)).isTrue();
                assertThat(store.keys()).contains(id.key());
            }
        }
        assertThat(objects).hasSizeGreaterThan(100);
        assertThat(puts).isLessThanOrEqualTo(5 + 200 * loop.nanoTime() / 1_000_000_000 + 1);
        assertThat(registry.counter(WalMetrics.QUEUED).getCount()).isZero();
        assertThat(registry.counter(WalMetrics.IN_FLIGHT).getCount()).isZero();
    }

    @Test
    void incarnationsGrowWithTheClockAndDifferInTheSameMillisecond() {
        Random random = new Random(1);
        long now = loop.wallTimeMs();
        Set<Long> same = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            same.add(Incarnation.fresh(now, random));
        }

        assertThat(same).hasSizeGreaterThan(95);
        assertThat(Incarnation.fresh(now + 1, random))
                .isGreaterThan(same.stream().max(Long::compare).orElseThrow());
        assertThat(Incarnation.startedAtMs(same.iterator().next())).isEqualTo(now);
        assertThat(Incarnation.fresh((1L << 42) - 1, random)).isPositive();
    }

    private PipelinedWalWriter writer(WalWriterLimits limits) {
        return new PipelinedWalWriter(
                store, new PipelinedWalWriter.Identity("w", 5), limits, loop, new WalMetrics(registry));
    }

    private static WalBlock block(int number) {
        return Blocks.block(1, number, 0, new byte[] {(byte) number, 1, 2});
    }

    private static Kind kind(CompletableFuture<?> future) {
        assertThat(future).isCompletedExceptionally();
        return ((ObjectStoreException)
                        future.handle((value, failure) -> failure).join())
                .kind();
    }
}
