package io.narrows.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ProcessStatTest {
    private static final String AFTER_NAME =
            " S 1 2 3 4 -1 4194560 100 0 0 0 1250 350 0 0 20 0 40 0 12345 9999999 2222 18446744073709551615";

    @Test
    void userAndSystemTimeAreAddedAndTicksAreHundredths() {
        ProcessStat stat = ProcessStat.parse("4711 (java)" + AFTER_NAME, List.of("Name:\tjava", "VmRSS:\t  2048 kB"));

        assertThat(stat.cpuSeconds()).isEqualTo(16.0);
        assertThat(stat.residentBytes()).isEqualTo(2_097_152);
    }

    @Test
    void aNameWithSpacesAndParenthesesDoesNotShiftTheFields() {
        ProcessStat stat = ProcessStat.parse("4711 (a) (b c) d)" + AFTER_NAME, List.of());

        assertThat(stat.cpuSeconds()).isEqualTo(16.0);
        assertThat(stat.residentBytes()).isZero();
    }

    @Test
    void thisProcessHasUsedMemory() {
        assertThat(ProcessStat.of(ProcessHandle.current().pid()).residentBytes())
                .isPositive();
    }
}
