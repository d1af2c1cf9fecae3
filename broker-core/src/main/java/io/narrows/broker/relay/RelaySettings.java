package io.narrows.broker.relay;

import io.narrows.relay.Checks;
import java.net.InetSocketAddress;
import java.util.Set;

/**
 * How the broker serves zone proxies.
 *
 * @param listener where it listens
 * @param memoryBytes bound of the batches in the relay
 * @param maxFrameBytes largest frame it accepts
 * @param handlerThreads threads that append
 * @param networkThreads event loops of the connections
 * @param fetchTimeoutMs after which a pointer counts as unreadable
 * @param security who may connect
 */
public record RelaySettings(
        InetSocketAddress listener,
        long memoryBytes,
        int maxFrameBytes,
        int handlerThreads,
        int networkThreads,
        int fetchTimeoutMs,
        Security security) {
    /**
     * Who may connect.
     *
     * @param tls whether peers come with TLS, by Kafka's own {@code ssl.*} settings
     * @param allowedPrincipals as Kafka writes them ({@code User:CN=proxy}); empty: every principal with a trusted certificate
     */
    public record Security(boolean tls, Set<String> allowedPrincipals) {
        /** Plain TCP, for networks that only proxies and brokers are in. */
        public static final Security NONE = new Security(false, Set.of());

        public Security {
            allowedPrincipals = Set.copyOf(allowedPrincipals);
        }
    }

    public RelaySettings {
        Checks.argument(handlerThreads > 0 && networkThreads > 0, "the numbers of relay threads must be > 0");
        Checks.argument(
                memoryBytes > 0 && maxFrameBytes > 0 && fetchTimeoutMs > 0,
                "the memory, frame and timeout limits of the relay must be > 0");
    }
}
