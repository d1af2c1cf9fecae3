package io.narrows.cli.cluster;

import java.util.Locale;
import java.util.Map;

/** Which way proxies send batches from zone to zone. */
public enum ProxyPath {
    /** By price, rate and the object store's health, per flush window. */
    AUTO,
    /** Through the object store. */
    STAGED,
    /** Never through the object store. */
    DIRECT;

    /** The proxies' settings for it. */
    public Map<String, String> proxySettings() {
        String mode = name().toLowerCase(Locale.ROOT);
        // Who asks for the object store wants it also on a machine that is slow for a moment.
        return this == STAGED ? Map.of("path.mode", mode, "s3.latency.bound.ms", "10000") : Map.of("path.mode", mode);
    }

    /** The brokers' settings for it: what arrives as bytes is staged by the leader only where that is left open. */
    public Map<String, String> brokerSettings() {
        return switch (this) {
            case AUTO, STAGED -> Map.of("narrows.link.mode", "auto");
            case DIRECT -> Map.of("narrows.link.mode", "never");
        };
    }
}
