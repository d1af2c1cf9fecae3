package io.narrows.cli.cluster;

import io.narrows.cli.load.ZoneEndpoints;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Names and addresses of a local cluster: one controller, and per zone one broker with its relay endpoint and one proxy
 * with its admin endpoint. Brokers have ids from 1 on, in the order of the zones.
 */
public record ZoneLayout(List<Place> places, int controllerPort) {
    /** Node id of the controller; it is placed in the first zone. */
    public static final int CONTROLLER_ID = 100;

    private static final String LOOPBACK = "127.0.0.1";
    private static final List<String> NAMES = List.of("a", "b", "c");

    public ZoneLayout {
        places = List.copyOf(places);
    }

    /** A zone, the address of what runs in it, and its ports. */
    public record Place(String zone, String host, int brokerPort, int relayPort, int proxyPort, int adminPort) {}

    /** Zones a, b and c on free ports of the loopback interface. */
    public static ZoneLayout threeZones() {
        int count = NAMES.size();
        List<Integer> ports = FreePorts.take(1 + 4 * count);
        List<Place> places = new ArrayList<>();
        for (int zone = 0; zone < count; zone++) {
            List<Integer> own = ports.subList(1 + 4 * zone, 5 + 4 * zone);
            places.add(new Place(NAMES.get(zone), LOOPBACK, own.get(0), own.get(1), own.get(2), own.get(3)));
        }
        return new ZoneLayout(places, ports.get(0));
    }

    public List<String> zones() {
        return places.stream().map(Place::zone).toList();
    }

    public List<Integer> brokerPorts() {
        return places.stream().map(Place::brokerPort).toList();
    }

    public List<Integer> proxyPorts() {
        return places.stream().map(Place::proxyPort).toList();
    }

    public int brokerId(int zone) {
        return zone + 1;
    }

    public String zoneOfBroker(int brokerId) {
        return places.get(brokerId - 1).zone();
    }

    public boolean isBroker(int nodeId) {
        return nodeId >= 1 && nodeId <= places.size();
    }

    public String controllerZone() {
        return places.get(0).zone();
    }

    public String controllerAddress() {
        return places.get(0).host() + ":" + controllerPort;
    }

    public String brokerAddress(int zone) {
        return places.get(zone).host() + ":" + places.get(zone).brokerPort();
    }

    public String relayAddress(int zone) {
        return places.get(zone).host() + ":" + places.get(zone).relayPort();
    }

    public String proxyAddress(int zone) {
        return places.get(zone).host() + ":" + places.get(zone).proxyPort();
    }

    public String adminAddress(int zone) {
        return places.get(zone).host() + ":" + places.get(zone).adminPort();
    }

    /** All brokers, the zone's own first. */
    public String brokerBootstrap(int zone) {
        StringBuilder all = new StringBuilder(brokerAddress(zone));
        for (int other = 0; other < places.size(); other++) {
            if (other != zone) {
                all.append(',').append(brokerAddress(other));
            }
        }
        return all.toString();
    }

    /** Where clients of each zone connect: producers to their proxy, consumers to brokers. */
    public List<ZoneEndpoints> endpoints() {
        return IntStream.range(0, places.size())
                .mapToObj(zone -> new ZoneEndpoints(places.get(zone).zone(), proxyAddress(zone), brokerBootstrap(zone)))
                .toList();
    }

    /** Where clients of each zone connect: all of them to their proxy. */
    public List<ZoneEndpoints> proxyEndpoints() {
        return IntStream.range(0, places.size())
                .mapToObj(zone -> new ZoneEndpoints(places.get(zone).zone(), proxyAddress(zone), proxyAddress(zone)))
                .toList();
    }
}
