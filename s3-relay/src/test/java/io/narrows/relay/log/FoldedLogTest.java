package io.narrows.relay.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class FoldedLogTest {
    private final FoldedLog log = FoldedLog.perMinute(2);
    private final List<Long> lines = new ArrayList<>();

    @Test
    void linesBeyondTheBoundAreCountedInTheNextInterval() {
        at(0, 5);
        at(59, 100);
        assertThat(lines).containsExactly(0L, 0L);

        at(60, 3);

        assertThat(lines).containsExactly(0L, 0L, 103L, 0L);
    }

    @Test
    void theFirstLineAfterAResetIsWritten() {
        at(0, 5);

        log.reset();
        at(1, 1);

        assertThat(lines).containsExactly(0L, 0L, 3L);
    }

    private void at(long second, int times) {
        for (int i = 0; i < times; i++) {
            log.write(TimeUnit.SECONDS.toNanos(second), lines::add);
        }
    }
}
