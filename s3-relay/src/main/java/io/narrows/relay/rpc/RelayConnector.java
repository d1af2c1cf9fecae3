package io.narrows.relay.rpc;

import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** Opens relay connections; the port behind which simulations put leaders of their own. */
public interface RelayConnector {
    /**
     * Connects, says Hello and completes on the connector's loop with a connection that may append; the listener's calls
     * begin after that. Fails with {@link RelayRefusedException} when the leader answered the Hello with an error, and
     * with an {@link java.io.IOException} when it could not be reached or did not answer in time.
     */
    CompletableFuture<RelayConnection> connect(
            InetSocketAddress address, Hello hello, RelayConnection.Listener listener);
}
