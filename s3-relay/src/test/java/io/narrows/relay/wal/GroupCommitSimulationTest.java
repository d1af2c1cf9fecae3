package io.narrows.relay.wal;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.relay.wal.FlushWindow.CloseReason;
import io.narrows.testing.LeakDetection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Window, writer and budget as a proxy puts them together. Fault model: PUTs take 20 to 80 ms; for a while S3 hangs (PUTs
 * end after two seconds) or refuses every PUT; a source offers a batch every few milliseconds as long as the budget lets it.
 */
@ExtendWith(LeakDetection.class)
class GroupCommitSimulationTest {
    private static final long MS = 1_000_000;
    private static final int BATCH_BYTES = 1_000;
    private static final long BUDGET_BYTES = 500_000;

    private final ManualLoop loop = new ManualLoop(0);
    private final MetricRegistry registry = new MetricRegistry();
    private final MemoryBudget budget = MemoryBudget.of(BUDGET_BYTES);
    private final List<Integer> staged = new ArrayList<>();
    private final List<Integer> direct = new ArrayList<>();
    private final List<Integer> windowSizes = new ArrayList<>();
    private Random faults = new Random(0);
    private long mostUsed;
    private int offered;
    private boolean s3IsWell;

    private final MemoryObjectStore store = new MemoryObjectStore(loop, (operation, key, bytes) -> effect());
    private PipelinedWalWriter writer = writer(1_000);
    private FlushWindow<WalBlock> window = window();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyBatchLeavesOnceAndMemoryStaysWithinTheBudgetWhenS3HangsOrFails(long seed) {
        faults = new Random(seed);

        run(12_000, 4);

        assertThat(direct).as("seed %d", seed).isNotEmpty();
        assertThat(staged.size() + direct.size()).isEqualTo(offered);
        Set<Integer> ended = new HashSet<>(staged);
        ended.addAll(direct);
        assertThat(ended).hasSize(offered);
        assertThat(mostUsed).isLessThan(BUDGET_BYTES + BATCH_BYTES);
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void objectsGrowWhenPutsAreScarce() {
        s3IsWell = true;
        run(2_000, 1);
        double many = average();
        windowSizes.clear();
        writer = writer(4);
        window = window();

        run(2_000, 1);

        assertThat(many).isBetween(19.0, 30.0);
        assertThat(average()).isBetween(150.0, 300.0);
        assertThat(direct).isEmpty();
    }

    private void run(int millis, int intervalMs) {
        for (int i = 0; i < millis; i += intervalMs) {
            if (!budget.exhausted()) {
                boolean unused = budget.reserve(BATCH_BYTES);
                window.add(Blocks.block(1, offered++, 0, new byte[BATCH_BYTES]), BATCH_BYTES);
            }
            mostUsed = Math.max(mostUsed, budget.usedBytes());
            loop.advance(intervalMs * MS);
        }
        window.drain();
        loop.advance(5_000 * MS);
    }

    private Effect effect() {
        if (s3IsWell) {
            return Effect.delay(20 * MS);
        }
        long second = loop.nanoTime() / 1_000_000_000;
        if (second % 10 == 4) {
            return Effect.delay(2_000 * MS);
        }
        if (second % 10 == 8) {
            return Effect.fail(faults.nextInt(50) * MS, Kind.UNAVAILABLE);
        }
        return Effect.delay((20 + faults.nextInt(60)) * MS);
    }

    private void onClose(List<WalBlock> blocks, long bytes, CloseReason reason) {
        windowSizes.add(blocks.size());
        if (reason == CloseReason.STALLED) {
            blocks.forEach(block -> block.bytes().release());
            end(blocks, direct);
            return;
        }
        writer.write(blocks)
                .whenComplete((pointers, failure) -> loop.execute(() -> {
                    end(blocks, failure == null ? staged : direct);
                    window.wake();
                }));
    }

    private void end(List<WalBlock> blocks, List<Integer> where) {
        blocks.forEach(block -> where.add(block.partition()));
        budget.release((long) BATCH_BYTES * blocks.size());
    }

    private double average() {
        return windowSizes.stream().mapToInt(size -> size).average().orElse(0);
    }

    private FlushWindow<WalBlock> window() {
        FlushWindow.Limits limits = new FlushWindow.Limits(100_000, 400_000, 1_000, 300 * MS, 0);
        return new FlushWindow<>(loop, limits, (item, bytes, pending) -> 20 * MS, writer, this::onClose);
    }

    private PipelinedWalWriter writer(double putsPerSecond) {
        return new PipelinedWalWriter(
                store,
                new PipelinedWalWriter.Identity("w", loop.nanoTime()),
                new WalWriterLimits(4, putsPerSecond, 1, 2, 500 * MS),
                loop,
                new WalMetrics(registry));
    }
}
