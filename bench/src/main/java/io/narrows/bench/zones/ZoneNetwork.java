package io.narrows.bench.zones;

import io.narrows.bench.zones.ZoneTraffic.S3Link;
import io.narrows.bench.zones.ZoneTraffic.ZonePair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Zones and the object store's region as network namespaces. Each pair of places is joined by a link of its own, so the
 * kernel's counters of that link are what went between the two; nothing is forwarded, and nothing leads out.
 *
 * <pre>
 *        a ------ to-b | to-a ------ b
 *        |  \                      / |
 *        |    to-c           to-c    |          every place has one address, on its lo;
 *      to-s3     \           /     to-s3        a route to each other place over the link to it
 *        |         --- c ---         |
 *        |             |             |
 *        +---------- region ---------+
 * </pre>
 *
 * Used by one thread. Owns the namespaces: {@link #close} removes them and ends what still runs in them, as does the end
 * of this process; what a killed process left is removed by the next {@link #create}.
 */
public final class ZoneNetwork implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ZoneNetwork.class);
    private static final String REGION = "s3";
    private static final String SUBNET = "10.213.0.";
    private static final String NO_IPV6 =
            "for all in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -w $all ] || echo 1 > $all; done";

    private final RunName run;
    private final List<String> zones;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ZoneNetwork(RunName run, List<String> zones) {
        this.run = run;
        this.zones = List.copyOf(zones);
    }

    /** Zones of these names, and the region. */
    public static ZoneNetwork create(List<String> zones) {
        ZonesSupport.require();
        List<String> removed = Leftovers.remove();
        if (!removed.isEmpty()) {
            LOG.atWarn().addKeyValue("removed", removed).log("Removed network devices that an earlier run left behind");
        }
        ZoneNetwork network = new ZoneNetwork(RunName.ofThisProcess(), zones);
        Runtime.getRuntime().addShutdownHook(new Thread(network::close, "remove-zones"));
        try {
            network.build();
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private void build() {
        List<String> places = places();
        for (String place : places) {
            Shell.run("ip", "netns", "add", run.namespace(place));
            // Else the links would carry neighbour discovery and router solicitations, which no process here needs.
            in(place, "sh", "-c", NO_IPV6);
            in(place, "ip", "link", "set", "lo", "up");
            in(place, "ip", "address", "add", address(place) + "/32", "dev", "lo");
        }
        for (int one = 0; one < places.size(); one++) {
            for (int other = one + 1; other < places.size(); other++) {
                join(places.get(one), places.get(other));
            }
        }
    }

    private void join(String one, String other) {
        Shell.run(
                "ip",
                "link",
                "add",
                linkTo(other),
                "netns",
                run.namespace(one),
                "type",
                "veth",
                "peer",
                "name",
                linkTo(one),
                "netns",
                run.namespace(other));
        for (String place : List.of(one, other)) {
            String peer = place.equals(one) ? other : one;
            in(place, "ip", "link", "set", linkTo(peer), "up");
        }
        // A route needs a link whose other end is up, too.
        in(one, "ip", "route", "add", address(other) + "/32", "dev", linkTo(other), "src", address(one));
        in(other, "ip", "route", "add", address(one) + "/32", "dev", linkTo(one), "src", address(other));
    }

    private void in(String place, String... command) {
        List<String> all = new ArrayList<>(prefix(place));
        all.addAll(List.of(command));
        String unused = Shell.run(all.toArray(String[]::new));
    }

    private List<String> places() {
        List<String> places = new ArrayList<>(zones);
        places.add(REGION);
        return places;
    }

    private static String linkTo(String place) {
        return "to-" + place;
    }

    private List<String> prefix(String place) {
        return List.of("ip", "netns", "exec", run.namespace(place));
    }

    private String address(String place) {
        return SUBNET + (places().indexOf(place) + 1);
    }

    public List<String> zones() {
        return zones;
    }

    /** The zone's only address, as every other place reaches it. */
    public String zoneAddress(String zone) {
        return address(zone);
    }

    public String regionAddress() {
        return address(REGION);
    }

    /** What to put before a command so that it runs in the zone; the command takes over the process. */
    public List<String> inZone(String zone) {
        return prefix(zone);
    }

    public List<String> inRegion() {
        return prefix(REGION);
    }

    /** All counters, each as the sender of the bytes has it. */
    public ZoneTraffic traffic() {
        List<ZonePair> pairs = new ArrayList<>();
        List<S3Link> s3 = new ArrayList<>();
        for (String from : zones) {
            Map<String, LinkCounters.Bytes> links = LinkCounters.parse(
                    Shell.run("ip", "-json", "-statistics", "-netns", run.namespace(from), "link", "show"));
            for (String to : zones) {
                if (!to.equals(from)) {
                    pairs.add(new ZonePair(from, to, link(links, to).sent()));
                }
            }
            LinkCounters.Bytes region = link(links, REGION);
            s3.add(new S3Link(from, region.sent(), region.received()));
        }
        return new ZoneTraffic(pairs, s3);
    }

    private static LinkCounters.Bytes link(Map<String, LinkCounters.Bytes> links, String to) {
        LinkCounters.Bytes bytes = links.get(linkTo(to));
        if (bytes == null) {
            throw new IllegalStateException("the link " + linkTo(to) + " is gone");
        }
        return bytes;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            places().forEach(place -> Leftovers.delete(run.namespace(place)));
        }
    }
}
