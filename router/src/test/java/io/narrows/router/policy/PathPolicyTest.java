package io.narrows.router.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.narrows.relay.price.PriceBook;
import io.narrows.relay.price.PriceBooks;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PathPolicyTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LINGER = 110 * MS;
    private static final PathPolicy.Usage USAGE = new PathPolicy.Usage(3, PathPolicy.Usage.ALL_ZONES);
    private static final PathPolicy.Surroundings THREE_ZONES =
            new PathPolicy.Surroundings(Map.of("a", 1, "b", 1, "c", 1));

    private final StoreCircuitBreaker health =
            new StoreCircuitBreaker(new StoreCircuitBreaker.Settings(1000 * MS, 3, 1000 * MS, 30_000 * MS));

    @Test
    void aTrickleIsNeverHeldAndGoesDirect() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        for (long t = 0; t < 5_000; t += 10) {
            assertThat(policy.onArrival(2, "b", 1_000, t * MS)).isZero();
        }
        assertThat(decide(policy, 1_000, 5_000)).isEqualTo(PathDecision.BELOW_BREAK_EVEN);
    }

    @Test
    void tenMegabytesPerSecondAreHeldForTheLingerAndStaged() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        long hold = 0;
        for (long t = 0; t < 3_000; t += 5) {
            hold = policy.onArrival(2, "b", 50_000, t * MS);
        }
        assertThat(hold).isEqualTo(LINGER);
        assertThat(decide(policy, 1_100_000, 3_000)).isEqualTo(PathDecision.STAGED_PAYS);
    }

    /** Requests of one entry for a remote leader, read in two other zones: 5e-6 + 3 * 4e-7 dollars; 3 hops of 2e-11. */
    @Test
    void breakEvenCountsThePutTheLeaderAndEveryBrokerThatReadsForConsumers() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");

        assertThat(decide(policy, 103_300, 0)).isEqualTo(PathDecision.BELOW_BREAK_EVEN);
        assertThat(decide(policy, 103_400, 0)).isEqualTo(PathDecision.STAGED_PAYS);
    }

    @Test
    void withoutReadersOnlyTheLeaderGets() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1", new PathPolicy.Usage(3, 0));

        assertThat(decide(policy, 89_900, 0)).isEqualTo(PathDecision.BELOW_BREAK_EVEN);
        assertThat(decide(policy, 90_100, 0)).isEqualTo(PathDecision.STAGED_PAYS);
    }

    @Test
    void withoutReplicasOnlyTheWayToTheLeaderIsSaved() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1", new PathPolicy.Usage(1, 3));

        assertThat(policy.savedHops("a")).isZero();
        assertThat(policy.savedHops("b")).isEqualTo(1);
        assertThat(decide(policy, 269_900, 0)).isEqualTo(PathDecision.BELOW_BREAK_EVEN);
        assertThat(decide(policy, 270_100, 0)).isEqualTo(PathDecision.STAGED_PAYS);
    }

    @Test
    void aBurstIsHeldFromItsSecondWindowOnAlthoughTheMeanRateIsLow() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        long hold = 0;
        for (long second = 0; second < 3; second++) {
            for (long t = 0; t < 16; t++) {
                hold = policy.onArrival(2, "b", 50_000, (second * 1_000 + t) * MS);
                assertThat(hold).isEqualTo(second == 0 && t < 2 ? 0 : LINGER);
            }
        }
        assertThat(decide(policy, 16 * 50_000, 3_000)).isEqualTo(PathDecision.STAGED_PAYS);
    }

    @Test
    void whenTheLoadEndsWindowsSoonCloseAtOnceAgain() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        for (long t = 0; t < 3_000; t += 5) {
            policy.onArrival(2, "b", 50_000, t * MS);
        }
        long hold = LINGER;
        long t = 3_000;
        while (hold > 0 && t < 30_000) {
            hold = policy.onArrival(2, "b", 1_000, t * MS);
            t += 200;
        }
        assertThat(t).isBetween(3_000L, 5_000L);
    }

    @Test
    void feesPerByteAreWeighedAgainstTheTransferSaved() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        PriceBook aws = PriceBooks.builtIn("aws-us-east-1");
        PriceBook fees = new PriceBook(
                "fees",
                aws.asOf(),
                aws.source(),
                aws.transfer(),
                new PriceBook.Store(0.005, 0.0004, 0.005, 0.02, 0.06, 0));
        PathPolicy dear = new PathPolicy(new PathPolicy.Settings(PathMode.AUTO, fees, "a", USAGE, LINGER, 0), health);
        dear.surroundings(THREE_ZONES);

        assertThat(decide(policy, 10_000_000, 0)).isEqualTo(PathDecision.STAGED_PAYS);
        assertThat(decide(dear, 10_000_000, 0).path()).isEqualTo(PathDecision.Path.DIRECT);
    }

    @Test
    void theEstimateOfAConstantRateIsThatRateAndFadesByHalfASecond() {
        EwmaRate estimate = new EwmaRate(1000 * MS);
        for (long t = 0; t < 20_000; t++) {
            estimate.add(1_000, t * MS);
        }
        double rate = estimate.perSecond(20_000 * MS);
        assertThat(rate).isCloseTo(1e6, within(1e4));
        assertThat(estimate.perSecond(21_000 * MS)).isCloseTo(rate / 2, within(1.0));
    }

    @Test
    void aHopIsSavedToARemoteLeaderAndToEachFollowerInAnotherZone() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        assertThat(policy.savedHops("a")).isEqualTo(2);
        assertThat(policy.savedHops("b")).isEqualTo(3);
        assertThat(policy.savedHops("")).isZero();
    }

    @Test
    void nothingIsStagedWhereZonesAreFree() {
        for (PathMode mode : PathMode.values()) {
            PathPolicy policy = policy(mode, "azure");
            assertThat(policy.onArrival(2, "b", 10_000_000, 0)).isZero();
            assertThat(decide(policy, 10_000_000, 0).path()).isEqualTo(PathDecision.Path.DIRECT);
        }
    }

    @Test
    void forcedModesIgnoreThePriceButStagedStillNeedsSomethingToSave() {
        PathPolicy staged = policy(PathMode.STAGED, "aws-us-east-1");
        assertThat(decide(staged, 100, 0)).isEqualTo(PathDecision.STAGED_FORCED);
        assertThat(staged.decide(new WindowContents(), 0)).isEqualTo(PathDecision.NOTHING_SAVED);
        assertThat(staged.onArrival(7, "", 1_000, 0)).isZero();
        assertThat(staged.onArrival(2, "b", 1_000, 0)).isEqualTo(LINGER);
        assertThat(decide(policy(PathMode.DIRECT, "aws-us-east-1"), 10_000_000, 0))
                .isEqualTo(PathDecision.DIRECT_FORCED);
    }

    @Test
    void failuresInARowOpenTheBreakerAndOneWindowProbesItAfterThePause() {
        PathPolicy policy = policy(PathMode.STAGED, "aws-us-east-1");
        for (int i = 0; i < 3; i++) {
            health.onStart();
            health.onFailure(0);
        }
        assertThat(policy.decide(window(policy, 1_000_000), 0)).isEqualTo(PathDecision.S3_UNHEALTHY);
        assertThat(policy.onArrival(2, "b", 1_000_000, 0)).isZero();

        long later = 1_000 * MS;
        assertThat(policy.onArrival(2, "b", 1_000_000, later)).isEqualTo(LINGER);
        assertThat(policy.decide(window(policy, 1_000_000), later)).isEqualTo(PathDecision.STAGED_PROBE);
        health.onStart();
        assertThat(policy.decide(window(policy, 1_000_000), later)).isEqualTo(PathDecision.S3_UNHEALTHY);

        health.onFailure(later);
        assertThat(health.admits(later + 1_999 * MS)).isFalse();
        assertThat(health.admits(later + 2_000 * MS)).isTrue();
        health.onStart();
        health.onSuccess(60 * MS, later + 2_100 * MS);
        assertThat(health.status()).isEqualTo(StoreCircuitBreaker.Status.CLOSED);
    }

    @Test
    void aSlowPutCountsAsAFailure() {
        for (int i = 0; i < 3; i++) {
            health.onSuccess(1_001 * MS, 0);
        }
        assertThat(health.status()).isEqualTo(StoreCircuitBreaker.Status.OPEN);
    }

    @Test
    void aSuccessBetweenFailuresKeepsTheBreakerClosed() {
        for (int i = 0; i < 10; i++) {
            health.onFailure(0);
            health.onFailure(0);
            health.onSuccess(60 * MS, 0);
        }
        assertThat(health.status()).isEqualTo(StoreCircuitBreaker.Status.CLOSED);
    }

    /** One entry for a leader in zone b. */
    private static WindowContents window(PathPolicy policy, long bytes) {
        WindowContents window = new WindowContents();
        policy.add(window, 2, "b", bytes, 0);
        return window;
    }

    private static PathDecision decide(PathPolicy policy, long bytes, long atMs) {
        return policy.decide(window(policy, bytes), atMs * MS);
    }

    private PathPolicy policy(PathMode mode, String prices) {
        return policy(mode, prices, USAGE);
    }

    private PathPolicy policy(PathMode mode, String prices, PathPolicy.Usage usage) {
        PathPolicy policy = new PathPolicy(
                new PathPolicy.Settings(mode, PriceBooks.builtIn(prices), "a", usage, LINGER, 0), health);
        policy.surroundings(THREE_ZONES);
        return policy;
    }
}
