package io.narrows.relay.wal;

import static io.narrows.relay.wal.FlushWindow.CloseReason.DRAIN;
import static io.narrows.relay.wal.FlushWindow.CloseReason.IDLE;
import static io.narrows.relay.wal.FlushWindow.CloseReason.LINGER;
import static io.narrows.relay.wal.FlushWindow.CloseReason.QUIET;
import static io.narrows.relay.wal.FlushWindow.CloseReason.SIZE;
import static io.narrows.relay.wal.FlushWindow.CloseReason.STALLED;
import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.wal.FlushWindow.CloseReason;
import io.narrows.relay.wal.FlushWindow.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlushWindowTest {
    private static final long MS = 1_000_000;
    private static final Limits LIMITS = new Limits(100, 300, 8, 50 * MS, 4 * MS);

    private final ManualLoop loop = new ManualLoop(0);
    private final Gate gate = new Gate();
    private final List<Closed> closed = new ArrayList<>();
    private long holdNanos = 20 * MS;
    private long underWayBytes = -1;
    private final FlushWindow<Integer> window = new FlushWindow<>(
            loop,
            LIMITS,
            new FlushWindow.HoldPolicy<>() {
                @Override
                public long holdNanos(Integer item, long bytes, long pendingBytes) {
                    return holdNanos;
                }

                @Override
                public boolean isAllThereIs(long pendingBytes) {
                    return pendingBytes == underWayBytes;
                }
            },
            gate,
            (items, bytes, reason) -> closed.add(new Closed(items, bytes, reason)));

    @Test
    void aWindowThatNeedNotBeHeldClosesAtTheEndOfTheTickWithAllThatArrivedInIt() {
        holdNanos = 0;
        window.add(1, 10);
        window.add(2, 10);
        assertThat(closed).isEmpty();

        loop.runPending();

        assertThat(closed).containsExactly(new Closed(List.of(1, 2), 20, IDLE));
        assertThat(window.pendingItems()).isZero();
    }

    @Test
    void aWindowThatNeedNotBeHeldDoesNotAskTheWriter() {
        gate.ready = false;
        holdNanos = 0;
        window.add(1, 10);

        loop.runPending();

        assertThat(closed).containsExactly(new Closed(List.of(1), 10, IDLE));
    }

    @Test
    void aHeldWindowClosesWhenItsLingerEnds() {
        window.add(1, 10);
        loop.advance(19 * MS);
        window.add(2, 10);
        assertThat(closed).isEmpty();

        loop.advance(MS);

        assertThat(closed).containsExactly(new Closed(List.of(1, 2), 20, LINGER));
    }

    @Test
    void theShortestHoldOfItsItemsCounts() {
        window.add(1, 10);
        holdNanos = 5 * MS;
        window.add(2, 10);
        holdNanos = 90 * MS;
        window.add(3, 10);

        loop.advance(5 * MS);

        assertThat(closed).containsExactly(new Closed(List.of(1, 2, 3), 30, LINGER));
    }

    @Test
    void aHeldWindowClosesAtItsSize() {
        window.add(1, 60);
        window.add(2, 60);

        assertThat(closed).containsExactly(new Closed(List.of(1, 2), 120, SIZE));
    }

    @Test
    void aNearlyFullWindowWithAllThereIsClosesWhenNothingCame() {
        underWayBytes = 80;
        window.add(1, 40);
        loop.advance(4 * MS);
        window.add(2, 40);
        loop.advance(4 * MS - 1);
        assertThat(closed).isEmpty();

        loop.advance(1);

        assertThat(closed).containsExactly(new Closed(List.of(1, 2), 80, QUIET));
    }

    @Test
    void aWindowIsHeldWhileAnswersToSomethingElseMayBringMore() {
        underWayBytes = 95;
        window.add(1, 80);
        loop.advance(12 * MS);
        assertThat(closed).isEmpty();

        underWayBytes = 80;
        loop.advance(4 * MS);

        assertThat(closed).containsExactly(new Closed(List.of(1), 80, QUIET));
    }

    @Test
    void aWindowThatIsLessThanThreeQuartersFullIsHeldHoweverQuietItIs() {
        underWayBytes = 74;
        window.add(1, 74);

        loop.advance(20 * MS);

        assertThat(closed).containsExactly(new Closed(List.of(1), 74, LINGER));
    }

    @Test
    void aWindowIsHeldAfterOneThatWasClosedTooSoon() {
        underWayBytes = 80;
        quietWindow();
        window.add(2, 80);
        window.wake();

        loop.advance(20 * MS);
        assertThat(reasons()).containsExactly(QUIET, LINGER);
        quietWindow();
        window.add(4, 80);
        window.wake();
        loop.advance(20 * MS);
        quietWindow();
        window.drain();

        // One window is held after the first mistake, two after the second in a row.
        assertThat(reasons()).containsExactly(QUIET, LINGER, QUIET, LINGER, DRAIN);
    }

    @Test
    void whatComesAfterTheAnswersSpeaksForTheGuess() {
        underWayBytes = 80;
        for (int i = 0; i < 3; i++) {
            quietWindow();
            window.wake();
        }

        assertThat(reasons()).containsExactly(QUIET, QUIET, QUIET);
    }

    @Test
    void aWindowThatFillsBeforeTheAnswersSpeaksAgainstTheGuess() {
        underWayBytes = 80;
        quietWindow();
        window.add(2, 120);
        window.wake();
        quietWindow();
        window.drain();

        assertThat(reasons()).containsExactly(QUIET, SIZE, DRAIN);
    }

    private void quietWindow() {
        window.add(1, 80);
        loop.advance(4 * MS);
    }

    private List<FlushWindow.CloseReason> reasons() {
        return closed.stream().map(Closed::reason).toList();
    }

    @Test
    void aQuietWindowWaitsForTheWriter() {
        underWayBytes = 80;
        gate.ready = false;
        window.add(1, 80);
        loop.advance(10 * MS);
        assertThat(closed).isEmpty();

        gate.ready = true;
        loop.advance(4 * MS);

        assertThat(closed).containsExactly(new Closed(List.of(1), 80, QUIET));
    }

    @Test
    void aFullWindowCollectsOnUntilTheWriterIsReady() {
        gate.ready = false;
        window.add(1, 120);
        window.add(2, 60);
        assertThat(closed).isEmpty();

        gate.ready = true;
        window.wake();

        assertThat(closed).containsExactly(new Closed(List.of(1, 2), 180, SIZE));
    }

    @Test
    void aLingeredWindowWaitsForTheWriterAndAsksAgainWhenTimeAloneMakesItReady() {
        gate.ready = false;
        gate.readyInNanos = 7 * MS;
        window.add(1, 10);
        loop.advance(20 * MS);
        assertThat(closed).isEmpty();

        gate.ready = true;
        loop.advance(7 * MS);

        assertThat(closed).containsExactly(new Closed(List.of(1), 10, LINGER));
    }

    @Test
    void aWindowThatWaitsTooLongForTheWriterIsStalled() {
        gate.ready = false;
        window.add(1, 10);

        loop.advance(70 * MS - 1);
        assertThat(closed).isEmpty();
        loop.advance(1);

        assertThat(closed).containsExactly(new Closed(List.of(1), 10, STALLED));
    }

    @Test
    void aWindowAtItsBoundOfBytesClosesWithoutTheWriter() {
        gate.ready = false;
        window.add(1, 250);
        window.add(2, 60);
        assertThat(closed).containsExactly(new Closed(List.of(1), 250, SIZE));

        window.add(3, 240);

        assertThat(closed).last().isEqualTo(new Closed(List.of(2, 3), 300, SIZE));
    }

    @Test
    void aWindowAtItsBoundOfItemsClosesWithoutTheWriter() {
        gate.ready = false;
        for (int i = 0; i < 8; i++) {
            window.add(i, 1);
        }

        assertThat(closed).containsExactly(new Closed(List.of(0, 1, 2, 3, 4, 5, 6, 7), 8, SIZE));
    }

    @Test
    void anItemLargerThanTheBoundIsAWindowOfItsOwn() {
        gate.ready = false;
        window.add(1, 10);
        window.add(2, 1_000);

        assertThat(closed).containsExactly(new Closed(List.of(1), 10, SIZE), new Closed(List.of(2), 1_000, SIZE));
    }

    @Test
    void drainClosesWhatIsThereAndLeavesNoTimerBehind() {
        window.add(1, 10);
        window.drain();
        window.drain();
        loop.advance(1_000 * MS);

        assertThat(closed).containsExactly(new Closed(List.of(1), 10, DRAIN));
    }

    @Test
    void anEndOfTickThatWasOvertakenDoesNotCloseTheNextWindow() {
        holdNanos = 0;
        window.add(1, 10);
        window.drain();
        holdNanos = 20 * MS;
        window.add(2, 10);

        loop.runPending();

        assertThat(closed).containsExactly(new Closed(List.of(1), 10, DRAIN));
        assertThat(window.pendingBytes()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyItemLeavesOnceInOrderWithinItsTimeUnderRandomLoad(long seed) {
        Random random = new Random(seed);
        List<Long> addedAt = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            gate.ready = random.nextInt(4) != 0;
            gate.readyInNanos = random.nextBoolean() ? random.nextInt(5) * MS : 0;
            holdNanos = random.nextInt(3) == 0 ? 0 : random.nextInt(30) * MS;
            addedAt.add(loop.nanoTime());
            window.add(i, random.nextInt(120));
            if (random.nextBoolean()) {
                loop.advance(random.nextInt(10) * MS);
            }
            if (window.pendingItems() > 0) {
                long oldest = loop.nanoTime() - addedAt.get(addedAt.size() - window.pendingItems());
                assertThat(oldest).as("seed %d", seed).isLessThanOrEqualTo(80 * MS);
            }
            assertThat(window.pendingItems()).isLessThan(8);
        }
        window.drain();

        List<Integer> all = new ArrayList<>();
        closed.forEach(each -> all.addAll(each.items()));
        assertThat(all).hasSize(3_000).isSorted().doesNotHaveDuplicates();
        assertThat(closed).allMatch(each -> each.bytes() <= 300);
    }

    private record Closed(List<Integer> items, long bytes, CloseReason reason) {}

    /** The only part of a writer that a window sees. */
    private static final class Gate implements WalWriter {
        private boolean ready = true;
        private long readyInNanos;

        @Override
        public boolean ready() {
            return ready;
        }

        @Override
        public long readyInNanos() {
            return readyInNanos;
        }

        @Override
        public CompletableFuture<List<Pointer>> write(List<WalBlock> blocks) {
            throw new AssertionError("a window does not write");
        }

        @Override
        public void close() {}
    }
}
