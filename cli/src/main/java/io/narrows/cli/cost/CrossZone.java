package io.narrows.cli.cost;

/**
 * Bytes between zones by what carried them, both directions added, each byte counted once.
 *
 * @param produce between producers and what they are connected to
 * @param replication between followers and leaders
 * @param consume between consumers and brokers
 * @param relay between proxies and leaders
 * @param metadata between proxies and brokers beside the relay, and between brokers and the controller
 */
public record CrossZone(long produce, long replication, long consume, long relay, long metadata) {
    public long total() {
        return produce + replication + consume + relay + metadata;
    }
}
