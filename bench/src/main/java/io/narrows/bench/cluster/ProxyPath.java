package io.narrows.bench.cluster;

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
        return Map.of("path.mode", name().toLowerCase(Locale.ROOT));
    }

    /** The brokers' settings for it: what arrives as bytes is staged by the leader only where that is left open. */
    public Map<String, String> brokerSettings() {
        return switch (this) {
            case AUTO, STAGED -> Map.of("narrows.link.mode", "auto");
            case DIRECT -> Map.of("narrows.link.mode", "never");
        };
    }
}
