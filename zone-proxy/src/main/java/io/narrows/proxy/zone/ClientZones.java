package io.narrows.proxy.zone;

import com.codahale.metrics.Counter;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.zone.ZoneRules.Source;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Counts the connections by the zone that their clients are in, and remembers some that are in the wrong one. What a
 * client says is never a reason to refuse it: it is served like all others, and shows up in metrics and {@code /status}.
 * Any thread.
 */
public final class ClientZones {
    /** No source said anything. */
    public static final String UNKNOWN = "unknown";

    public static final String CONNECTIONS = "narrows.proxy.clients.zone.";
    public static final String FOREIGN = "narrows.proxy.clients.foreign.total";

    /** Names that clients make up share one. */
    private static final String OTHER = "other";

    private static final int MAX_ZONES = 32;
    private static final int MAX_EXAMPLES = 16;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final ZoneRules rules;
    private final MetricRegistry metrics;
    private final Counter foreign;
    private final Map<String, AtomicInteger> open = new TreeMap<>();
    private final Map<String, Misplaced> examples = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Misplaced> eldest) {
            return size() > MAX_EXAMPLES;
        }
    };

    /** A client that is in another zone than its proxy, and who says so. */
    public record Misplaced(String address, String clientId, String zone, String source) {}

    /** What {@code /status} shows. */
    public record Status(Map<String, Integer> connectionsByZone, List<Misplaced> misplaced) {}

    public ClientZones(ZoneRules rules, MetricRegistry metrics) {
        this.rules = rules;
        this.metrics = metrics;
        this.foreign = metrics.counter(FOREIGN);
    }

    ZoneRules rules() {
        return rules;
    }

    /** The name under which a zone is counted; a client's invention is bounded. */
    synchronized String counted(String zone) {
        String name = NAME.matcher(zone).matches() ? zone : OTHER;
        return open.containsKey(name) || open.size() < MAX_ZONES ? name : OTHER;
    }

    synchronized void enter(String zone) {
        AtomicInteger count = open.get(zone);
        if (count == null) {
            AtomicInteger fresh = new AtomicInteger();
            Gauge<Integer> gauge = fresh::get;
            metrics.register(CONNECTIONS + zone, gauge);
            open.put(zone, fresh);
            count = fresh;
        }
        count.incrementAndGet();
    }

    synchronized void leave(String zone) {
        AtomicInteger count = open.get(zone);
        if (count != null) {
            count.decrementAndGet();
        }
    }

    synchronized void misplaced(InetAddress address, String clientId, String zone, Source source) {
        foreign.inc();
        examples.put(key(address, clientId), new Misplaced(address.getHostAddress(), clientId, zone, source.name()));
    }

    /** A client that was placed by its listener or address has said who it is. */
    synchronized void renamed(InetAddress address, String before, String clientId) {
        Misplaced known = examples.remove(key(address, before));
        if (known != null) {
            examples.putIfAbsent(
                    key(address, clientId), new Misplaced(known.address(), clientId, known.zone(), known.source()));
        }
    }

    private static String key(InetAddress address, String clientId) {
        return address.getHostAddress() + " " + clientId;
    }

    public synchronized Status status() {
        Map<String, Integer> connections = new TreeMap<>();
        open.forEach((zone, count) -> connections.put(zone, count.get()));
        return new Status(connections, new ArrayList<>(examples.values()));
    }
}
