package io.narrows.relay.rpc;

import io.narrows.relay.net.TlsEngines;
import org.jspecify.annotations.Nullable;

/**
 * How a leader serves proxies.
 *
 * @param maxConnections further ones are closed immediately
 * @param helloTimeoutMs from the TCP connection to the Hello, TLS handshake included
 * @param pingIntervalMs between two Pings
 * @param deadPeerMs a connection from which nothing came for so long is closed
 * @param maxUnreadBytes a connection whose peer leaves more than this unread (results, Pongs) is closed
 * @param tls for TLS; null: plain TCP
 */
public record RelayServerSettings(
        int maxConnections,
        int helloTimeoutMs,
        int pingIntervalMs,
        int deadPeerMs,
        int maxUnreadBytes,
        @Nullable TlsEngines tls) {
    public static RelayServerSettings defaults() {
        return new RelayServerSettings(1_000, 5_000, 3_000, 12_000, 16 << 20, null);
    }

    public RelayServerSettings with(@Nullable TlsEngines engines) {
        return new RelayServerSettings(
                maxConnections, helloTimeoutMs, pingIntervalMs, deadPeerMs, maxUnreadBytes, engines);
    }
}
