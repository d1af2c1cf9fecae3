package io.narrows.proxy.gateway;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Broker ids for proxies that have none configured, made from what names a proxy: stable, rarely equal. Stateless. */
public final class NodeIds {
    /** No proxy has more nodes. */
    private static final int STEP = 64;

    /** So that ids end below 2^30: clients use the upper end of the integers for connections of their own. */
    private static final int SLOTS = (1 << 24) - 2;

    private NodeIds() {}

    /** The first of a proxy's ids, at the {@code attempt}th try to find some that are free. */
    public static int madeUp(String proxyId, int attempt) {
        CRC32C crc = new CRC32C();
        crc.update(proxyId.getBytes(StandardCharsets.UTF_8));
        return (1 + (int) ((crc.getValue() + attempt) % SLOTS)) * STEP;
    }
}
