package io.narrows.relay.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MemoryBudgetTest {
    private final MemoryBudget budget = new MemoryBudget(100, 60);

    @Test
    void bytesThatAreThereAreCountedEvenBeyondTheLimit() {
        assertThat(budget.reserve(99)).isTrue();
        assertThat(budget.reserve(50)).isFalse();

        assertThat(budget.usedBytes()).isEqualTo(149);
        assertThat(budget.exhausted()).isTrue();
    }

    @Test
    void bytesThatNeedNotComeAreRefusedBeyondTheLimit() {
        assertThat(budget.tryReserve(100)).isTrue();
        assertThat(budget.tryReserve(1)).isFalse();
        assertThat(budget.tryReserve(Long.MAX_VALUE)).isFalse();

        assertThat(budget.usedBytes()).isEqualTo(100);
    }

    @Test
    void aListenerRunsOnceWhenUsageFallsToTheLowWaterMark() {
        AtomicInteger runs = new AtomicInteger();
        boolean unused = budget.reserve(100);
        budget.onRelief(runs::incrementAndGet);

        budget.release(39);
        assertThat(runs).hasValue(0);
        budget.release(1);
        budget.release(10);

        assertThat(runs).hasValue(1);
        assertThat(budget.waiting()).isZero();
    }

    @Test
    void aListenerRunsAtOnceWhenThereIsNothingToWaitFor() {
        AtomicInteger runs = new AtomicInteger();

        budget.onRelief(runs::incrementAndGet);

        assertThat(runs).hasValue(1);
    }

    @Test
    void aCancelledListenerDoesNotRun() {
        AtomicInteger runs = new AtomicInteger();
        boolean unused = budget.reserve(100);

        budget.onRelief(runs::incrementAndGet).cancel();
        budget.release(100);

        assertThat(runs).hasValue(0);
    }

    @Test
    void sourcesResumeOnlyAsFastAsMemoryComesFree() {
        List<Integer> resumed = new ArrayList<>();
        boolean unused = budget.reserve(100);
        for (int i = 0; i < 3; i++) {
            int source = i;
            budget.onRelief(() -> {
                resumed.add(source);
                boolean alsoUnused = budget.reserve(30);
            });
        }

        budget.release(50);
        assertThat(resumed).containsExactly(0);
        budget.release(20);

        assertThat(resumed).containsExactly(0, 1);
    }

    @Test
    void releasingMoreThanReservedIsABug() {
        assertThatThrownBy(() -> budget.release(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @Timeout(30)
    void noStoppedSourceIsForgottenUnderContention() throws InterruptedException {
        int threads = 4;
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            new Source(new Random(t), done).start();
        }

        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(budget.usedBytes()).isZero();
    }

    /** Reserves and releases on its own thread and, when told to stop, waits to be resumed. */
    private final class Source extends Thread {
        private final Random random;
        private final CountDownLatch done;

        private Source(Random random, CountDownLatch done) {
            this.random = random;
            this.done = done;
        }

        @Override
        public void run() {
            for (int i = 0; i < 20_000; i++) {
                int bytes = 1 + random.nextInt(60);
                boolean goOn = budget.reserve(bytes);
                budget.release(bytes);
                if (!goOn && !resumed()) {
                    return;
                }
            }
            done.countDown();
        }

        private boolean resumed() {
            CountDownLatch relief = new CountDownLatch(1);
            budget.onRelief(relief::countDown);
            try {
                return relief.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
