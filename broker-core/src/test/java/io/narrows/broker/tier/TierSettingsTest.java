package io.narrows.broker.tier;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.config.TierSettings;
import io.narrows.relay.loop.ManualLoop;
import org.junit.jupiter.api.Test;

final class TierSettingsTest {
    private static final long MINUTE = 60_000;

    @Test
    void aPartitionWithLittleTrafficClosesFourSegmentsADay() {
        assertThat(segmentsADay(4096)).isEqualTo(4);
    }

    @Test
    void aBusyPartitionIsClosedEveryHour() {
        assertThat(segmentsADay(1 << 20)).isEqualTo(24);
    }

    /** One link of this size a minute, looked at as often as Kafka looks at retention. */
    private static int segmentsADay(int bytesAMinute) {
        TierSettings.Roll roll = TierSettings.DEFAULT.roll();
        int closed = 0;
        long oldest = 0;
        long bytes = 0;
        for (long now = 0; now <= 24 * 60 * MINUTE; now += MINUTE) {
            if (now % (5 * MINUTE) == 0 && bytes > 0 && roll.due(now - oldest, bytes)) {
                closed++;
                bytes = 0;
            }
            if (bytes == 0) {
                oldest = now;
            }
            bytes += bytesAMinute;
        }
        return closed;
    }

    @Test
    void copiesPassAtTheRateWithABurstOfASecond() {
        ManualLoop clock = new ManualLoop(0);
        CopyRate rate = new CopyRate(1000, clock);

        assertThat(rate.reserve(1000)).isZero();
        assertThat(rate.reserve(500)).isEqualTo(500_000_000L);
        clock.advance(1_500_000_000L);
        assertThat(rate.reserve(1000)).isZero();
    }
}
