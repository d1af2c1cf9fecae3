package io.narrows.bench.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.policy.PolicySimulation.Outcome;
import io.narrows.bench.policy.Scenario.Arrivals;
import io.narrows.bench.policy.Scenario.Cluster;
import io.narrows.bench.policy.Scenario.Load;
import io.narrows.cli.load.RateCurve;
import io.narrows.relay.price.PriceBooks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The production window and policy on a clock of their own: what they cost, and how long they hold what does not pay. */
final class PolicySimulationTest {
    private static final Cluster THREE_ZONES = new Cluster(3, 1, 12, 3, 3);
    private static final long LINGER_NANOS = 110_000_000;
    private static final double TOLERANCE = 1 + 1e-9;

    static Stream<Scenario> days() {
        List<Scenario> days = new ArrayList<>();
        for (int batchKib : new int[] {4, 16, 64, 128, 512}) {
            for (Arrivals arrivals : Arrivals.values()) {
                days.add(day(THREE_ZONES, batchKib, arrivals, "aws-us-east-1"));
            }
        }
        for (Cluster cluster : List.of(
                new Cluster(2, 1, 8, 2, 2),
                new Cluster(3, 1, 1, 3, 3),
                new Cluster(3, 1, 12, 3, 0),
                new Cluster(3, 1, 12, 2, 3),
                new Cluster(3, 1, 12, 1, 3),
                new Cluster(3, 4, 1_000, 3, 3),
                new Cluster(4, 2, 100, 3, 2))) {
            days.add(day(cluster, 64, Arrivals.RANDOM, "aws-us-east-1"));
            days.add(day(cluster, 64, Arrivals.BURSTS, "gcp"));
        }
        return days.stream();
    }

    @ParameterizedTest
    @MethodSource("days")
    void overADayThePolicyIsAtMostFivePercentAboveHindsightAndNotAboveStockKafka(Scenario day) {
        double adaptive = dollars(day, Choice.ADAPTIVE);

        assertThat(adaptive).isLessThanOrEqualTo(1.05 * dollars(day, Choice.HINDSIGHT));
        assertThat(adaptive).isLessThanOrEqualTo(TOLERANCE * dollars(day, Choice.STOCK));
        assertThat(adaptive).isLessThanOrEqualTo(1.01 * dollars(day, Choice.STAGED));
    }

    /** Over a day the peak hides what happens at break-even; here nothing hides it. */
    @ParameterizedTest
    @EnumSource(Arrivals.class)
    void atEveryRateThePolicyIsAtMostTwelvePercentAboveHindsightAndNotAboveStockKafka(Arrivals arrivals) {
        for (int batchKib : new int[] {16, 64, 128}) {
            for (double rate : PolicySweep.RATES) {
                Scenario constant = day(THREE_ZONES, batchKib, arrivals, "aws-us-east-1")
                        .atRate(rate, Duration.ofMillis((long) Math.min(300_000, 400e9 / rate)));
                double adaptive = dollars(constant, Choice.ADAPTIVE);

                assertThat(adaptive)
                        .as("%s, %d KiB, %.0f bytes/s", arrivals, batchKib, rate)
                        .isLessThanOrEqualTo(1.12 * dollars(constant, Choice.HINDSIGHT))
                        .isLessThanOrEqualTo(TOLERANCE * dollars(constant, Choice.STOCK));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e3, 1e4, 1e5, 1e6, 1.5e6})
    void aTrickleIsNotHeld(double rate) {
        for (Arrivals arrivals : new Arrivals[] {Arrivals.REGULAR, Arrivals.RANDOM}) {
            Scenario trickle = day(THREE_ZONES, 64, arrivals, "aws-us-east-1").atRate(rate, Duration.ofSeconds(120));
            Outcome adaptive = PolicySimulation.run(trickle, Choice.ADAPTIVE);

            assertThat(adaptive.heldMs(99))
                    .as("%s, %.0f bytes/s", arrivals, rate)
                    .isZero();
            assertThat(adaptive.bill().producedBytes()).isPositive();
        }
    }

    /** A batch that pays for an object of its own gains nothing by waiting for the next one. */
    @Test
    void aTrickleOfLargeBatchesIsStagedAtOnce() {
        Load load = new Load(
                1e6, RateCurve.CONSTANT, Duration.ofSeconds(120), 1 << 20, Duration.ofSeconds(10), Arrivals.RANDOM);
        Outcome adaptive = PolicySimulation.run(
                day(THREE_ZONES, 64, Arrivals.RANDOM, "aws-us-east-1").with(load), Choice.ADAPTIVE);

        assertThat(adaptive.bill().puts() * (1L << 20))
                .isEqualTo(adaptive.bill().producedBytes());
        assertThat(adaptive.heldMs(90)).isZero();
    }

    @ParameterizedTest
    @EnumSource(Arrivals.class)
    void whereZonesAreFreeNothingIsStagedOrHeld(Arrivals arrivals) {
        Outcome adaptive = PolicySimulation.run(day(THREE_ZONES, 64, arrivals, "azure"), Choice.ADAPTIVE);

        assertThat(adaptive.bill().puts()).isZero();
        assertThat(adaptive.bill().gets()).isZero();
        assertThat(adaptive.heldMicros().getMaxValue()).isZero();
        assertThat(adaptive.bill().producedBytes()).isPositive();
    }

    @Test
    void allChoicesSeeTheSameBatchesAndARunCanBeRepeated() {
        Scenario day = day(THREE_ZONES, 64, Arrivals.RANDOM, "aws-us-east-1");
        Outcome first = PolicySimulation.run(day, Choice.ADAPTIVE);
        Outcome again = PolicySimulation.run(day, Choice.ADAPTIVE);

        assertThat(again.bill().dollars()).isEqualTo(first.bill().dollars());
        assertThat(again.heldMicros()).isEqualTo(first.heldMicros());
        for (Choice choice : Choice.values()) {
            assertThat(PolicySimulation.run(day, choice).bill().producedBytes())
                    .isEqualTo(first.bill().producedBytes());
        }
    }

    /** By hand: 2/3 of the bytes go to a leader elsewhere, all of them to two followers, at 20 dollars per TB and hop. */
    @Test
    void stockKafkaCostsWhatItsHopsCost() {
        Scenario day = day(THREE_ZONES, 64, Arrivals.REGULAR, "aws-us-east-1");

        assertThat(PolicySimulation.run(day, Choice.STOCK).bill().dollarsPerTb())
                .isBetween(53.0, 53.7);
    }

    private static double dollars(Scenario scenario, Choice choice) {
        return PolicySimulation.run(scenario, choice).bill().dollars();
    }

    private static Scenario day(Cluster cluster, int batchKib, Arrivals arrivals, String prices) {
        Load load =
                new Load(60e6, RateCurve.DAY, Duration.ofMinutes(3), batchKib << 10, Duration.ofMillis(20), arrivals);
        return new Scenario(cluster, load, PriceBooks.load(prices), LINGER_NANOS, 1);
    }
}
