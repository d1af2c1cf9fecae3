package io.narrows.cli.cluster;

import io.narrows.s3server.EmbeddedS3Config;
import java.util.Map;

/**
 * What differs from cluster to cluster: the object store, and settings of brokers and proxies that win over all others.
 * In a broker's settings {@code {zone}} and {@code {port}} stand for its zone and port; in
 * a proxy's {@code {base}} for a port that is followed by free ones for all brokers.
 *
 * @param proxiesPerZone more than one form the zone's gateway; only in one process
 */
public record ClusterOptions(
        EmbeddedS3Config s3, Map<String, String> brokerExtra, Map<String, String> proxyExtra, int proxiesPerZone) {
    /** One proxy for each zone. */
    public ClusterOptions(EmbeddedS3Config s3, Map<String, String> brokerExtra, Map<String, String> proxyExtra) {
        this(s3, brokerExtra, proxyExtra, 1);
    }

    public ClusterOptions {
        brokerExtra = Map.copyOf(brokerExtra);
        proxyExtra = Map.copyOf(proxyExtra);
    }
}
