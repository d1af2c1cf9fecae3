package io.narrows.relay.rpc;

import io.narrows.relay.net.TlsEngines;
import org.jspecify.annotations.Nullable;

/**
 * How a proxy connects to leaders.
 *
 * @param helloTimeoutMs from the TCP connection to the answer to the Hello, TLS handshake included
 * @param pingIntervalMs between two Pings
 * @param deadPeerMs a connection from which nothing came for so long is closed
 * @param acrossZones what is done with uncompressed INLINE batches for a leader in another zone
 * @param tls for TLS; null: plain TCP
 */
public record RelayClientSettings(
        int connectTimeoutMs,
        int helloTimeoutMs,
        int pingIntervalMs,
        int deadPeerMs,
        WireCompression acrossZones,
        @Nullable TlsEngines tls) {
    public static RelayClientSettings defaults() {
        return new RelayClientSettings(3_000, 5_000, 3_000, 12_000, WireCompression.ZSTD, null);
    }
}
