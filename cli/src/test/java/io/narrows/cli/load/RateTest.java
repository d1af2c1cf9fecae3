package io.narrows.cli.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class RateTest {
    @Test
    void aBareNumberIsMegabytesPerSecond() {
        assertThat(Rate.parse("30")).isEqualTo(Rate.parse("30MB/s")).isEqualTo(new Rate(30e6, Rate.Unit.BYTES));
    }

    @Test
    void recordsPerSecondAreSharedByTheProducers() {
        assertThat(Rate.parse("100r/s").recordsPerSecond(1_000, 4)).isEqualTo(25);
        assertThat(Rate.parse("1MB/s").recordsPerSecond(1_000, 4)).isEqualTo(250);
    }

    @Test
    void anythingElseIsRefusedWithAnExample() {
        assertThatThrownBy(() -> Rate.parse("fast")).hasMessageContaining("30MB/s");
        assertThatThrownBy(() -> Rate.parse("0")).hasMessageContaining("is not a rate");
    }

    @Test
    void producersWaitForABatchThatFillsSoonAndNotForOneThatDoesNot() {
        assertThat(LoadPlan.lingerFor(Rate.parse("30MB/s"), 4096, 128 << 10, 3)).isBetween(13, 25);
        assertThat(LoadPlan.lingerFor(Rate.parse("100r/s"), 1024, 128 << 10, 3)).isEqualTo(5);
    }

    @Test
    void aDayHasItsPeakInTheAfternoonAndATrickleAtNight() {
        Rate day = Rate.parse("day:24MB/s");

        assertThat(day.perSecond()).isEqualTo(24e6);
        assertThat(day).hasToString("day:24.0 MB/s");
        assertThat(day.curve().shareAt(15.0 / 24)).isEqualTo(1);
        assertThat(day.curve().shareAt(5.0 / 24)).isEqualTo(0.01);
        assertThat(day.curve().shareAt(15.5 / 24)).isCloseTo(0.975, within(1e-9));
        assertThat(day.curve().shareAt(23.5 / 24)).isCloseTo(0.075, within(1e-9));
    }

    @Test
    void aConstantRateStaysAtItsPeak() {
        Rate constant = Rate.parse("24MB/s");
        assertThat(constant.curve().shareAt(0)).isEqualTo(1);
        assertThat(constant.curve().shareAt(0.7)).isEqualTo(1);
        assertThat(constant.curve().meanShare()).isEqualTo(1);
    }

    @Test
    void theMeanOfACurveIsTheAreaBelowIt() {
        double sum = 0;
        for (int i = 0; i < 24_000; i++) {
            sum += RateCurve.DAY.shareAt(i / 24_000.0);
        }
        assertThat(sum / 24_000).isCloseTo(RateCurve.DAY.meanShare(), within(1e-3));
    }

    @Test
    void anUnlimitedRateHasNoDay() {
        assertThatThrownBy(() -> Rate.parse("day:max")).hasMessageContaining("day:30MB/s");
    }
}
