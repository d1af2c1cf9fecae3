package io.narrows.broker.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.relay.loop.ManualLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class CatchUpReadThrottleTest {
    private static final int MIB = 1 << 20;
    private static final int FLOOR = 4 * MIB;

    private final ManualLoop clock = new ManualLoop(0);
    private final BrokerMetrics metrics = new BrokerMetrics(new MetricRegistry());
    private final List<Integer> started = new ArrayList<>();
    private final List<CompletableFuture<Void>> reads = new ArrayList<>();
    private double busy;
    private final CatchUpReadThrottle pace = new CatchUpReadThrottle(
            new CatchUpReadThrottle.Settings(75, FLOOR), clock, () -> busy, Runnable::run, metrics);

    @Test
    void nothingWaitsWhileTheTailIsAtRestOrTheProcessorsHaveTime() {
        busy = 1;
        for (int i = 0; i < 300; i++) {
            read(i);
            advance(10);
        }
        assertThat(started).hasSize(300);
        assertThat(pace.bytesPerSecond()).isInfinite();

        busy = 0.7;
        tailAndReadFor(3);

        assertThat(pace.bytesPerSecond()).isInfinite();
        assertThat(waiting()).isZero();
    }

    @Test
    void whileTheTailMovesOnBusyProcessorsReadsFallToTheFloorAndRecoverLater() {
        busy = 0.95;
        tailAndReadFor(10);
        assertThat(pace.bytesPerSecond()).isEqualTo(FLOOR);
        int before = started.size();
        tailAndReadFor(5);
        assertThat(started.size() - before).isBetween(18, 22);

        busy = 0.5;
        tailAndReadFor(10);

        assertThat(pace.bytesPerSecond()).isGreaterThan(40.0 * MIB);
    }

    @Test
    void theLimitEndsWithTheTail() {
        busy = 0.95;
        tailAndReadFor(10);
        assertThat(waiting()).isPositive();

        advance(TimeUnit.SECONDS.toMillis(5));

        assertThat(waiting()).isZero();
        assertThat(pace.bytesPerSecond()).isInfinite();
    }

    @Test
    void readsStartInOrderAndCancelledOnesAreSkipped() {
        busy = 0.95;
        tailAndReadFor(10);
        drain();
        started.clear();
        List<Future<Void>> line = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            line.add(read(i));
        }
        line.get(2).cancel(false);
        line.get(3).cancel(false);

        drain();

        assertThat(started).containsExactly(0, 1, 4, 5);
    }

    @Test
    void cancellingAReadWhoseTurnHasComeCancelsTheRead() {
        busy = 0.95;
        tailAndReadFor(10);
        drain();
        reads.clear();
        read(0);
        Future<Void> second = read(1);
        drain();
        assertThat(reads).hasSize(2);

        second.cancel(false);

        assertThat(reads.get(1)).isCancelled();
        assertThat(reads.get(0)).isNotCancelled();
    }

    @Test
    void theLineIsBounded() {
        busy = 0.95;
        tailAndReadFor(10);

        assertThatThrownBy(() -> {
                    for (int i = 0; i < 2000; i++) {
                        read(i);
                    }
                })
                .isInstanceOf(RejectedExecutionException.class);
    }

    private Future<Void> read(int number) {
        return pace.inTurn(MIB, () -> {
            started.add(number);
            CompletableFuture<Void> read = new CompletableFuture<>();
            reads.add(read);
            return read;
        });
    }

    /** Something is appended all the time, and ten readers ask again as soon as they are answered. */
    private void tailAndReadFor(int seconds) {
        for (int i = 0; i < seconds * 100; i++) {
            pace.tailMoved();
            if (waiting() < 10) {
                Future<Void> unused = read(i);
            }
            advance(10);
        }
    }

    /** The tail stays active until no read waits. */
    private void drain() {
        for (int i = 0; i < 1000 && waiting() > 0; i++) {
            pace.tailMoved();
            advance(10);
        }
        advance(300);
    }

    private void advance(long millis) {
        clock.advance(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private long waiting() {
        return metrics.registry()
                .counter(BrokerMetrics.PREFIX + "reads.throttled")
                .getCount();
    }
}
