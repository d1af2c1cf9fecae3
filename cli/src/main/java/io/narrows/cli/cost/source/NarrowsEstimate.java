package io.narrows.cli.cost.source;

import io.narrows.cli.cost.PathBytes;
import io.narrows.cli.cost.StoreUse;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.cost.ZoneFlow.Kind;
import io.narrows.relay.price.BreakEven;
import io.narrows.relay.price.PriceBook;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What Narrows would send and request for an observed load. Producers are taken to be spread evenly over the zones. Each
 * zone's proxy writes one object per flush window for all leaders in other zones; each leader writes one per window for
 * what it gets in its own zone. A window below break-even goes as bytes, as Narrows' own path policy would decide.
 * Used by one thread.
 */
final class NarrowsEstimate {
    /** What crosses to a leader, and to each follower zone, for a staged batch: pointer or link with its framing. */
    static final long POINTER_BYTES = 200;

    static final long LINK_BYTES = 150;

    private final PriceBook prices;
    private final ObserveSettings settings;
    private final double seconds;
    private final List<String> zones;
    private final List<ZoneFlow> flows = new ArrayList<>();
    private final Map<String, PathBytes> topics = new HashMap<>();
    private StoreUse store = StoreUse.NONE;

    NarrowsEstimate(PriceBook prices, ObserveSettings settings, double seconds, List<String> zones) {
        this.prices = prices;
        this.settings = settings;
        this.seconds = seconds;
        this.zones = List.copyOf(zones);
    }

    void add(List<PartitionSample> partitions) {
        for (String zone : zones) {
            List<PartitionSample> remote = partitions.stream()
                    .filter(partition -> !partition.leader().zone().equals(zone))
                    .toList();
            writer(zone, remote);
        }
        Map<Integer, List<PartitionSample>> byLeader = partitions.stream()
                .collect(Collectors.groupingBy(partition -> partition.leader().node()));
        byLeader.values().forEach(led -> writer(led.get(0).leader().zone(), led));
    }

    /** Batches that one writer in {@code zone} gets: a proxy for remote leaders, or a leader for itself. */
    private void writer(String zone, List<PartitionSample> partitions) {
        double bytes = partitions.stream().mapToDouble(this::perZone).sum();
        if (bytes == 0) {
            return;
        }
        double hopBytes = partitions.stream()
                .mapToDouble(partition -> perZone(partition) * hops(zone, partition))
                .sum();
        long leaders = partitions.stream()
                .map(PartitionSample::leader)
                .filter(leader -> !leader.zone().equals(zone))
                .distinct()
                .count();
        long readingZones = partitions.stream()
                .flatMap(partition -> otherZones(partition).stream())
                .distinct()
                .count();
        double lingerSeconds = settings.flush().linger().toMillis() / 1e3;
        double objectBytes = Math.min((double) settings.flush().bytes(), bytes / seconds * lingerSeconds);
        int reads = (leaders > 0 ? 1 : 0) + (int) readingZones;
        BreakEven breakEven = new BreakEven(prices, (int) (leaders + readingZones), reads);
        boolean staged =
                breakEven.savedDollars(Math.round(objectBytes), Math.round(objectBytes * hopBytes / bytes)) > 0;
        if (staged) {
            long objects = Math.max(1, Math.round(bytes / objectBytes));
            store = store.plus(new StoreUse(
                    objects,
                    objects * (leaders + readingZones),
                    0,
                    0,
                    0,
                    Math.round(bytes),
                    Math.round(bytes * reads),
                    0,
                    0));
        }
        partitions.forEach(partition -> flows(zone, partition, staged));
    }

    private double perZone(PartitionSample partition) {
        return (double) partition.bytes() / zones.size();
    }

    private static int hops(String zone, PartitionSample partition) {
        return otherZones(partition).size() + (partition.leader().zone().equals(zone) ? 0 : 1);
    }

    /** Zones of followers that are not the leader's; a zone is there once for each follower. */
    private static List<String> otherZones(PartitionSample partition) {
        return partition.followerZones().stream()
                .filter(zone -> !zone.equals(partition.leader().zone()))
                .toList();
    }

    private void flows(String zone, PartitionSample partition, boolean staged) {
        double bytes = perZone(partition);
        double batches = bytes / settings.batchBytes();
        String leader = partition.leader().zone();
        if (!leader.equals(zone)) {
            flows.add(new ZoneFlow(Kind.RELAY, zone, leader, Math.round(staged ? batches * POINTER_BYTES : bytes)));
        }
        for (String follower : otherZones(partition)) {
            flows.add(new ZoneFlow(
                    Kind.REPLICATION, leader, follower, Math.round(staged ? batches * LINK_BYTES : bytes)));
        }
        long rounded = Math.round(bytes);
        PathBytes path = staged
                ? new PathBytes(0, rounded, 0)
                : leader.equals(zone) ? new PathBytes(rounded, 0, 0) : new PathBytes(0, 0, rounded);
        topics.merge(partition.topic(), path, PathBytes::plus);
    }

    List<ZoneFlow> flows() {
        return flows;
    }

    StoreUse store() {
        return store;
    }

    PathBytes path(String topic) {
        return topics.getOrDefault(topic, PathBytes.NONE);
    }
}
