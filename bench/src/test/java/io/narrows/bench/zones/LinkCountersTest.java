package io.narrows.bench.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class LinkCountersTest {
    @Test
    void countersAreReadByInterfaceAndDirection() {
        String json = """
                [{"ifindex":1,"ifname":"lo","stats64":{"rx":{"bytes":7,"packets":1},"tx":{"bytes":7,"packets":1}}},
                 {"ifindex":2,"ifname":"to-b","stats64":{"rx":{"bytes":5},"tx":{"bytes":9876543210123}}}]""";

        assertThat(LinkCounters.parse(json))
                .containsEntry("to-b", new LinkCounters.Bytes(9_876_543_210_123L, 5))
                .containsEntry("lo", new LinkCounters.Bytes(7, 7));
    }

    @Test
    void anInterfaceWithoutCountersIsAnErrorAndNotZero() {
        assertThatThrownBy(() -> LinkCounters.parse("[{\"ifname\":\"to-b\"}]"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("iproute2");
    }

    @Test
    void anythingButJsonIsAnError() {
        assertThatThrownBy(() -> LinkCounters.parse("1: lo: <LOOPBACK>"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no JSON");
    }
}
