package io.narrows.bench.compare;

import static io.narrows.bench.compare.SystemUnderTest.NARROWS;
import static io.narrows.bench.compare.SystemUnderTest.STOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RatioTest {
    @Test
    void roundsAreComparedWithThemselvesAndTheSpreadIsShown() {
        List<Measured> all = List.of(
                Samples.measured(STOCK, 1, 10, 0),
                Samples.measured(NARROWS, 1, 5, 0),
                Samples.measured(STOCK, 2, 10, 0),
                Samples.measured(NARROWS, 2, 20, 0));

        Ratio ratio = Ratio.of(all, "large-64KiB", NARROWS, STOCK, Measured::throughputMBps);

        assertThat(ratio.min()).isCloseTo(0.5, within(1e-9));
        assertThat(ratio.max()).isCloseTo(2, within(1e-9));
        assertThat(ratio.mean()).isCloseTo(1.25, within(1e-9));
        assertThat(ratio).hasToString("1.25 (0.50 to 2.00 in 2 rounds)");
    }

    @Test
    void aRoundThatOnlyOneSystemHasDoesNotCount() {
        List<Measured> all = List.of(Samples.measured(NARROWS, 1, 5, 0), Samples.measured(STOCK, 2, 10, 0));

        assertThat(Ratio.of(all, "large-64KiB", NARROWS, STOCK, Measured::throughputMBps))
                .isEqualTo(Ratio.NONE)
                .hasToString("-");
    }

    @Test
    void anotherLoadDoesNotCount() {
        List<Measured> all = List.of(Samples.measured(NARROWS, 1, 5, 0), Samples.measured(STOCK, 1, 10, 0));

        assertThat(Ratio.of(all, "another", NARROWS, STOCK, Measured::throughputMBps)
                        .isKnown())
                .isFalse();
    }
}
