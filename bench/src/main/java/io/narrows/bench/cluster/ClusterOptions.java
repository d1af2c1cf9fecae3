package io.narrows.bench.cluster;

import io.narrows.s3server.EmbeddedS3Config;
import java.util.Map;

/** What differs from cluster to cluster: the object store, and settings of brokers and proxies that win over all others. */
public record ClusterOptions(EmbeddedS3Config s3, Map<String, String> brokerExtra, Map<String, String> proxyExtra) {
    public ClusterOptions {
        brokerExtra = Map.copyOf(brokerExtra);
        proxyExtra = Map.copyOf(proxyExtra);
    }
}
