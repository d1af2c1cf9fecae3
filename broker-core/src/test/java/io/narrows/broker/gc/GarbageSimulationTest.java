package io.narrows.broker.gc;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.gc.SimCluster.Sabotage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Invariant I3 under faults; {@code -Dsim.seed=N} replays one run, {@code -Dsim.runs=N} makes more of them. */
final class GarbageSimulationTest {
    /** Most rules are seen to be missing at the first one; a collector's clock has to be wrong at the right moment. */
    private static final long FIRST_SABOTAGE_SEED = 100;

    private static final long LAST_SABOTAGE_SEED = 400;

    private static final int SECONDS = 20;

    @Test
    void noLinkLosesItsObjectAndNoGarbageStays() {
        Long seed = Long.getLong("sim.seed");
        LongStream seeds = seed != null ? LongStream.of(seed) : LongStream.range(0, Integer.getInteger("sim.runs", 8));
        long[] sums = new long[3];
        seeds.forEach(each -> {
            SimCluster cluster = new SimCluster(each, Sabotage.NONE);
            try {
                cluster.run(SECONDS);
                assertThat(cluster.walKeys()).isEqualTo(cluster.referenced());
            } catch (AssertionError e) {
                throw new AssertionError("seed " + each + ": " + e.getMessage(), e);
            }
            sums[0] += cluster.links;
            sums[1] += cluster.late;
            sums[2] += cluster.unreadable;
        });
        assertThat(sums[0]).as("links").isPositive();
        if (seed == null) {
            assertThat(sums[1]).as("late pointers whose object was there").isPositive();
            assertThat(sums[2]).as("late pointers whose object was gone").isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void theSimulationSeesWhatIsLeftOutOfTheRule(Sabotage sabotage) {
        for (long seed = FIRST_SABOTAGE_SEED; seed <= LAST_SABOTAGE_SEED; seed++) {
            try {
                new SimCluster(seed, sabotage).run(SECONDS);
            } catch (AssertionError e) {
                assertThat(e).hasMessageContaining("which was deleted");
                return;
            }
        }
        throw new AssertionError("without " + sabotage + " nothing was lost in any run");
    }
}
