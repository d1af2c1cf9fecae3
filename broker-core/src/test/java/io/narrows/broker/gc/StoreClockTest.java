package io.narrows.broker.gc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class StoreClockTest {
    /** A quarter of which may pass. */
    private static final long GRACE_MS = 2_000;

    private final StoreClock clock = new StoreClock(GRACE_MS);

    /** The response takes a few milliseconds, which the collector does not see. */
    @Test
    void aClockThatTheCollectorFindsBehindStartsAgain() {
        assertThat(clock.wasBehind(clock.expectedMs(nanos(1_000)), 1_000, nanos(1_040)))
                .isFalse();
        long expectedMs = clock.expectedMs(nanos(2_000));
        assertThat(expectedMs).isEqualTo(1_960);

        assertThat(clock.wasBehind(expectedMs, 1_960 + GRACE_MS / 4 + 1, nanos(2_006)))
                .isTrue();
        assertThat(clock.expectedMs(nanos(2_100))).isEqualTo(1_960 + GRACE_MS / 4 + 1 + 94);
    }

    @Test
    void aClockThatKeepsUpIsNotBehind() {
        assertThat(clock.wasBehind(clock.expectedMs(nanos(1_000)), 1_000, nanos(1_040)))
                .isFalse();
        assertThat(clock.wasBehind(clock.expectedMs(nanos(2_000)), 1_960 + GRACE_MS / 4, nanos(2_006)))
                .isFalse();
        assertThat(clock.expectedMs(nanos(3_000))).isEqualTo(2_960);
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
