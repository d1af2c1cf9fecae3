package io.narrows.cli.cost.source;

import io.narrows.relay.Checks;
import java.time.Duration;
import java.util.Map;

/**
 * How to look at a stock cluster, and what Narrows would be set to.
 *
 * @param interval between the two samples
 * @param hostZones zone of clients by the start of their address, for members that do not say their rack
 * @param batchBytes of an average batch on the wire, which decides how many pointers and links there would be
 */
public record ObserveSettings(Duration interval, Map<String, String> hostZones, Flush flush, int batchBytes) {
    public ObserveSettings {
        hostZones = Map.copyOf(hostZones);
        Checks.argument(!interval.isZero(), "give --interval a time such as 30s: a rate needs two samples");
        Checks.argument(batchBytes > 0, "a batch has bytes");
    }

    /** When a window becomes an object: wal.flush.bytes and wal.linger.ms of a proxy. */
    public record Flush(long bytes, Duration linger) {
        public Flush {
            Checks.argument(bytes > 0 && !linger.isZero(), "a flush window has a size and a linger");
        }
    }

    String zoneOfHost(String host) {
        String plain = host.startsWith("/") ? host.substring(1) : host;
        return hostZones.entrySet().stream()
                .filter(entry -> plain.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
    }
}
