package io.narrows.bench.zones;

import java.util.ArrayList;
import java.util.List;

/** Bytes that the kernel counted on the links, Ethernet headers included. */
public record ZoneTraffic(List<ZonePair> zones, List<S3Link> s3) {
    public ZoneTraffic {
        zones = List.copyOf(zones);
        s3 = List.copyOf(s3);
    }

    /** From one zone to another, in this direction. */
    public record ZonePair(String from, String to, long bytes) {}

    /** From a zone to the object store and back. */
    public record S3Link(String zone, long up, long down) {}

    public long crossZoneBytes() {
        return zones.stream().mapToLong(ZonePair::bytes).sum();
    }

    public long s3Up() {
        return s3.stream().mapToLong(S3Link::up).sum();
    }

    public long s3Down() {
        return s3.stream().mapToLong(S3Link::down).sum();
    }

    /** What was added since an earlier look at the same links. */
    public ZoneTraffic minus(ZoneTraffic earlier) {
        if (zones.size() != earlier.zones.size() || s3.size() != earlier.s3.size()) {
            throw new IllegalArgumentException("these are counters of different links");
        }
        List<ZonePair> pairs = new ArrayList<>();
        for (int i = 0; i < zones.size(); i++) {
            ZonePair pair = zones.get(i);
            pairs.add(new ZonePair(
                    pair.from(), pair.to(), pair.bytes() - earlier.zones.get(i).bytes()));
        }
        List<S3Link> links = new ArrayList<>();
        for (int i = 0; i < s3.size(); i++) {
            S3Link link = s3.get(i);
            S3Link before = earlier.s3.get(i);
            links.add(new S3Link(link.zone(), link.up() - before.up(), link.down() - before.down()));
        }
        return new ZoneTraffic(pairs, links);
    }
}
