package io.narrows.router.upstream;

import io.narrows.relay.net.TlsEngines;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a proxy connects to brokers with the Kafka protocol.
 *
 * @param bootstrap unresolved addresses, used until the brokers are known and when none of them can be reached
 * @param zone the proxy's own, whose brokers are preferred for requests that any broker can answer
 * @param maxWaitingRequests per broker, sent and not sent yet; further ones fail
 * @param tls for TLS; null: plain TCP
 */
public record UpstreamSettings(
        List<InetSocketAddress> bootstrap,
        String zone,
        int connectTimeoutMs,
        int requestTimeoutMs,
        Backoff reconnect,
        int maxWaitingRequests,
        int maxResponseBytes,
        @Nullable TlsEngines tls) {
    public UpstreamSettings {
        bootstrap = List.copyOf(bootstrap);
    }

    public static UpstreamSettings defaults(List<InetSocketAddress> bootstrap, String zone, @Nullable TlsEngines tls) {
        return new UpstreamSettings(bootstrap, zone, 5_000, 30_000, new Backoff(50, 1_000), 10_000, 100 << 20, tls);
    }

    /** Doubles from {@code minMs} to {@code maxMs} with each failure in a row, plus or minus a fifth at random. */
    public record Backoff(int minMs, int maxMs) {
        long delayMs(int failures, double random) {
            double exponential = minMs * Math.pow(2, Math.min(failures - 1, 20));
            return Math.round(Math.min(exponential, maxMs) * (0.8 + 0.4 * random));
        }
    }
}
