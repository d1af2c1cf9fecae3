package io.narrows.testing;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * A TCP way to one server on which faults can be switched. Faults reach open connections and new ones, in both
 * directions, until {@link #restore()}. Methods block until the fault is in force; any thread but an event loop may call
 * them. Closing the link ends its connections and its listener.
 */
public interface FaultyLink extends AutoCloseable {
    /** Where clients connect to instead of the server. */
    InetSocketAddress address();

    /** Delays every byte by this time in each direction. */
    void latency(Duration oneWay);

    /** Limits each direction of each connection. */
    void bandwidth(long bytesPerSecond);

    /** Lets no byte through and keeps connections open; after {@link #restore()} nothing is missing. */
    void freeze();

    /** Resets all connections, and new ones as soon as they are made. */
    void reset();

    /** Closes the connections that are open now, in the orderly way; new ones are not touched. */
    void disconnect();

    /** Closes all connections and refuses new ones. */
    void refuse();

    /** Ends all faults. */
    void restore();

    @Override
    void close();
}
