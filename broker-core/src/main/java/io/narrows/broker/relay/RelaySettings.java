package io.narrows.broker.relay;

import io.narrows.relay.Checks;
import java.net.InetSocketAddress;

/**
 * How the broker serves zone proxies.
 *
 * @param listener where it listens
 * @param memoryBytes bound of the batches in the relay
 * @param maxFrameBytes largest frame it accepts
 * @param handlerThreads threads that append
 * @param networkThreads event loops of the connections
 * @param fetchTimeoutMs after which a pointer counts as unreadable
 */
public record RelaySettings(
        InetSocketAddress listener,
        long memoryBytes,
        int maxFrameBytes,
        int handlerThreads,
        int networkThreads,
        int fetchTimeoutMs) {
    public RelaySettings {
        Checks.argument(handlerThreads > 0 && networkThreads > 0, "the relay has threads");
        Checks.argument(memoryBytes > 0 && maxFrameBytes > 0 && fetchTimeoutMs > 0, "bounds of the relay are positive");
    }
}
