package io.narrows.proxy.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.zone.ZoneRules.Source;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose word counts about a client's zone, and what comes of a wrong one. */
final class ClientZonesTest {
    private final MetricRegistry metrics = new MetricRegistry();

    private ClientZones zones(Source... order) {
        Map<Cidr, String> ranges = new LinkedHashMap<>();
        ranges.put(Cidr.parse("10.0.0.0/8"), "b");
        ranges.put(Cidr.parse("10.1.0.0/16"), "a");
        ranges.put(Cidr.parse("fd00:1::/32"), "a");
        return new ClientZones(
                new ZoneRules(
                        "a",
                        List.of(order),
                        Map.of("ZONE_C", "c"),
                        ranges,
                        Pattern.compile("(?:^|[;,\\s])zone=([A-Za-z0-9._-]+)")),
                metrics);
    }

    private static InetAddress address(String literal) throws Exception {
        return InetAddress.getByName(literal);
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, a",
        "10.2.2.3, b",
        "192.168.0.1, unknown",
        "fd00:1:2::9, a",
        "fd00:2::9, unknown",
        "::ffff:10.1.2.3, a"
    })
    void theLongestRangeThatHoldsTheAddressCounts(String address, String zone) throws Exception {
        assertThat(new ClientZone(zones(Source.CIDR), "ANY", address(address)).name())
                .isEqualTo(zone);
    }

    @Test
    void theFirstSourceThatSaysSomethingIsBelievedWhateverComesLater() throws Exception {
        ClientZones zones = zones(Source.RACK, Source.CLIENT_ID, Source.LISTENER, Source.CIDR);
        ClientZone client = new ClientZone(zones, "ZONE_C", address("10.2.0.1"));
        assertThat(client.name()).isEqualTo("c");
        client.sawClientId("app-7;zone=b");
        assertThat(client.name()).isEqualTo("b");
        client.sawRack("a");
        assertThat(client.name()).isEqualTo("a");
        client.sawClientId("app-7;zone=c");
        assertThat(client.name()).isEqualTo("a");
    }

    @Test
    void aClientInAnotherZoneIsCountedAndShown() throws Exception {
        ClientZones zones = zones(Source.CIDR);
        ClientZone here = new ClientZone(zones, "ANY", address("10.1.0.1"));
        ClientZone there = new ClientZone(zones, "ANY", address("10.2.0.1"));
        there.sawClientId("stray");
        assertThat(zones.status().connectionsByZone()).containsEntry("a", 1).containsEntry("b", 1);
        assertThat(zones.status().misplaced())
                .containsExactly(new ClientZones.Misplaced("10.2.0.1", "stray", "b", "CIDR"));
        assertThat(metrics.counter(ClientZones.FOREIGN).getCount()).isEqualTo(1);
        assertThat(metrics.getGauges().get(ClientZones.CONNECTIONS + "b").getValue())
                .isEqualTo(1);
        here.close();
        there.close();
        there.close();
        assertThat(zones.status().connectionsByZone()).containsEntry("a", 0).containsEntry("b", 0);
    }

    @Test
    void namesThatClientsMakeUpAreBounded() throws Exception {
        ClientZones zones = zones(Source.RACK);
        for (int i = 0; i < 200; i++) {
            new ClientZone(zones, "ANY", address("10.1.0.1")).sawRack("zone-" + i);
            new ClientZone(zones, "ANY", address("10.1.0.1")).sawRack("no label {" + i);
        }
        assertThat(zones.status().connectionsByZone())
                .hasSizeLessThanOrEqualTo(33)
                .containsKey("other");
        assertThat(zones.status().misplaced()).hasSizeLessThanOrEqualTo(16);
    }

    @Test
    void withoutSourcesNoClientIsCounted() throws Exception {
        ClientZone client = new ClientZone(zones(), "ZONE_C", address("10.2.0.1"));
        client.sawRack("x");
        client.close();
        assertThat(metrics.getGauges()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"broker.example/8", "10.0.0.0/33", "fd00::/129", "10.0.0.0/x", "10.0.0.0/-1", ""})
    void whatIsNoRangeIsRefusedWithoutANameServer(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
