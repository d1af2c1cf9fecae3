package io.narrows.bench.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.bench.zones.ZoneTraffic.S3Link;
import io.narrows.bench.zones.ZoneTraffic.ZonePair;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ZoneTrafficTest {
    @Test
    void differenceIsTakenLinkByLinkAndTrafficToTheStoreIsNotBetweenZones() {
        ZoneTraffic before = traffic(100, 7, 40, 50);
        ZoneTraffic after = traffic(1_100, 9, 45, 60);

        ZoneTraffic during = after.minus(before);

        assertThat(during).isEqualTo(traffic(1_000, 2, 5, 10));
        assertThat(during.crossZoneBytes()).isEqualTo(1_002);
        assertThat(during.s3Up()).isEqualTo(5);
        assertThat(during.s3Down()).isEqualTo(10);
    }

    @Test
    void countersOfOtherLinksAreRefused() {
        ZoneTraffic none = new ZoneTraffic(List.of(), List.of());

        assertThatThrownBy(() -> traffic(1, 1, 1, 1).minus(none)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ZoneTraffic traffic(long ab, long ba, long up, long down) {
        return new ZoneTraffic(
                List.of(new ZonePair("a", "b", ab), new ZonePair("b", "a", ba)), List.of(new S3Link("a", up, down)));
    }
}
