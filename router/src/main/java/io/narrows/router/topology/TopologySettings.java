package io.narrows.router.topology;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * How the proxy keeps its picture of the cluster.
 *
 * @param refreshIntervalMs between two requests for everything in use
 * @param minIntervalMs between two requests for any reason; what is asked for meanwhile goes into the next one
 * @param topicIdleMs after which an unused topic leaves the view
 * @param relays relay endpoints by broker id that take precedence over what brokers publish
 */
public record TopologySettings(
        int refreshIntervalMs, int minIntervalMs, int topicIdleMs, Map<Integer, InetSocketAddress> relays) {
    public TopologySettings {
        relays = Map.copyOf(relays);
    }

    public static TopologySettings defaults(Map<Integer, InetSocketAddress> relays) {
        return new TopologySettings(30_000, 50, 300_000, relays);
    }
}
