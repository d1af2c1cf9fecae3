package io.narrows.bench.cluster;

import java.util.List;

/**
 * Names and loopback ports of a local cluster: one controller, and per zone one broker with its relay endpoint and one
 * proxy with its admin endpoint. Brokers have ids from 1 on, in the order of the zones.
 */
public record ZoneLayout(
        List<String> zones,
        int controllerPort,
        List<Integer> brokerPorts,
        List<Integer> relayPorts,
        List<Integer> proxyPorts,
        List<Integer> adminPorts) {
    /** Node id of the controller; it is placed in the first zone. */
    public static final int CONTROLLER_ID = 100;

    public static final String HOST = "127.0.0.1";

    public ZoneLayout {
        zones = List.copyOf(zones);
        brokerPorts = List.copyOf(brokerPorts);
        relayPorts = List.copyOf(relayPorts);
        proxyPorts = List.copyOf(proxyPorts);
        adminPorts = List.copyOf(adminPorts);
    }

    /** Zones a, b and c on free ports. */
    public static ZoneLayout threeZones() {
        List<String> zones = List.of("a", "b", "c");
        int count = zones.size();
        List<Integer> ports = FreePorts.take(1 + 4 * count);
        return new ZoneLayout(
                zones,
                ports.get(0),
                ports.subList(1, 1 + count),
                ports.subList(1 + count, 1 + 2 * count),
                ports.subList(1 + 2 * count, 1 + 3 * count),
                ports.subList(1 + 3 * count, 1 + 4 * count));
    }

    public int brokerId(int zone) {
        return zone + 1;
    }

    public String zoneOfBroker(int brokerId) {
        return zones.get(brokerId - 1);
    }

    public boolean isBroker(int nodeId) {
        return nodeId >= 1 && nodeId <= zones.size();
    }

    public String controllerZone() {
        return zones.get(0);
    }

    public String brokerAddress(int zone) {
        return HOST + ":" + brokerPorts.get(zone);
    }

    public String proxyAddress(int zone) {
        return HOST + ":" + proxyPorts.get(zone);
    }

    /** All brokers, the zone's own first. */
    public String brokerBootstrap(int zone) {
        StringBuilder all = new StringBuilder(brokerAddress(zone));
        for (int other = 0; other < zones.size(); other++) {
            if (other != zone) {
                all.append(',').append(brokerAddress(other));
            }
        }
        return all.toString();
    }
}
