package io.narrows.router.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.narrows.relay.price.PriceBooks;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PathPolicyTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LINGER = 110 * MS;

    private final S3Health health = new S3Health(new S3Health.Settings(1000 * MS, 3, 1000 * MS, 30_000 * MS));

    @Test
    void aTrickleIsNeverHeldAndGoesDirect() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        for (long t = 0; t < 5_000; t += 10) {
            assertThat(policy.holdNanos(3, 1_000, t * MS)).isZero();
        }
        assertThat(policy.decide(3 * 1_000, 1, 5_000 * MS)).isEqualTo(PathDecision.BELOW_BREAK_EVEN);
    }

    @Test
    void tenMegabytesPerSecondAreHeldForTheLingerAndStaged() {
        PathPolicy policy = policy(PathMode.AUTO, "aws-us-east-1");
        long hold = 0;
        for (long t = 0; t < 3_000; t += 5) {
            hold = policy.holdNanos(3, 50_000, t * MS);
        }
        assertThat(hold).isEqualTo(LINGER);
        assertThat(policy.decide(3 * 1_100_000, 2, 3_000 * MS)).isEqualTo(PathDecision.STAGED_PAYS);
    }

    @Test
    void theEstimateOfAConstantRateIsThatRateAndFadesByHalfASecond() {
        RateEstimate estimate = new RateEstimate(1000 * MS);
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
            assertThat(policy.holdNanos(policy.savedHops("b"), 10_000_000, 0)).isZero();
            assertThat(policy.decide(30_000_000, 2, 0).path()).isEqualTo(PathDecision.Path.DIRECT);
        }
    }

    @Test
    void forcedModesIgnoreThePriceButStagedStillNeedsSomethingToSave() {
        assertThat(policy(PathMode.STAGED, "aws-us-east-1").decide(100, 1, 0)).isEqualTo(PathDecision.STAGED_FORCED);
        assertThat(policy(PathMode.STAGED, "aws-us-east-1").decide(0, 0, 0)).isEqualTo(PathDecision.NOTHING_SAVED);
        assertThat(policy(PathMode.STAGED, "aws-us-east-1").holdNanos(0, 1_000, 0))
                .isZero();
        assertThat(policy(PathMode.STAGED, "aws-us-east-1").holdNanos(3, 1_000, 0))
                .isEqualTo(LINGER);
        assertThat(policy(PathMode.DIRECT, "aws-us-east-1").decide(30_000_000, 2, 0))
                .isEqualTo(PathDecision.DIRECT_FORCED);
    }

    @Test
    void failuresInARowOpenTheBreakerAndOneWindowProbesItAfterThePause() {
        PathPolicy policy = policy(PathMode.STAGED, "aws-us-east-1");
        for (int i = 0; i < 3; i++) {
            health.onStart();
            health.onFailure(0);
        }
        assertThat(policy.decide(1_000_000, 1, 0)).isEqualTo(PathDecision.S3_UNHEALTHY);
        assertThat(policy.holdNanos(3, 1_000_000, 0)).isZero();

        long later = 1_000 * MS;
        assertThat(policy.holdNanos(3, 1_000_000, later)).isEqualTo(LINGER);
        assertThat(policy.decide(1_000_000, 1, later)).isEqualTo(PathDecision.STAGED_PROBE);
        health.onStart();
        assertThat(policy.decide(1_000_000, 1, later)).isEqualTo(PathDecision.S3_UNHEALTHY);

        health.onFailure(later);
        assertThat(health.admits(later + 1_999 * MS)).isFalse();
        assertThat(health.admits(later + 2_000 * MS)).isTrue();
        health.onStart();
        health.onSuccess(60 * MS, later + 2_100 * MS);
        assertThat(health.status()).isEqualTo(S3Health.Status.CLOSED);
    }

    @Test
    void aSlowPutCountsAsAFailure() {
        for (int i = 0; i < 3; i++) {
            health.onSuccess(1_001 * MS, 0);
        }
        assertThat(health.status()).isEqualTo(S3Health.Status.OPEN);
    }

    @Test
    void aSuccessBetweenFailuresKeepsTheBreakerClosed() {
        for (int i = 0; i < 10; i++) {
            health.onFailure(0);
            health.onFailure(0);
            health.onSuccess(60 * MS, 0);
        }
        assertThat(health.status()).isEqualTo(S3Health.Status.CLOSED);
    }

    private PathPolicy policy(PathMode mode, String prices) {
        PathPolicy policy =
                new PathPolicy(new PathPolicy.Settings(mode, PriceBooks.builtIn(prices), "a", 3, LINGER), health);
        policy.surroundings(new PathPolicy.Surroundings(3, 2));
        return policy;
    }
}
