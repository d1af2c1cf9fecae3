package io.narrows.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void onAStrictScheduleARecordIsDueAtItsTimeHoweverLateItsProducerIs() {
        Pace pace = pace(Schedule.STRICT);
        long first = pace.await();
        holdUp();

        assertThat(pace.await() - first).isEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
        assertThat(pace.await() - first).isEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
    }

    @Test
    void onARelaxedScheduleLatencyCountsFromWhenARecordWasSent() {
        Pace pace = pace(Schedule.RELAXED);
        long first = pace.await();
        holdUp();

        assertThat(pace.await() - first).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(250));
    }

    /** A hundred records a second. */
    private static Pace pace(Schedule schedule) {
        return new Pace(100, new Pace.Course(RateCurve.CONSTANT, Pace.nowNanos(), SECOND), schedule);
    }

    private static void holdUp() {
        long until = Pace.nowNanos() + TimeUnit.MILLISECONDS.toNanos(300);
        while (Pace.nowNanos() < until) {
            LockSupport.parkNanos(until - Pace.nowNanos());
        }
    }
}
