package io.narrows.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
