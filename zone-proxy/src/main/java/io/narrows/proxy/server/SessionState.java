package io.narrows.proxy.server;

import io.narrows.proxy.api.Client;
import io.narrows.proxy.api.ClientApis;

/**
 * Where a connection stands.
 *
 * <pre>
 *   Handshaking --TLS done, or plaintext--> Serving --drain--> Draining --last answer written--> Closed
 *        |                                     |                   |                               ^
 *        +-- error, time limit, client closes -+-------------------+-------------------------------+
 * </pre>
 */
sealed interface SessionState {
    /** TLS is being negotiated; no request is read. */
    record Handshaking() implements SessionState {}

    /** Requests are read and answered. */
    record Serving(Client client, ClientApis apis) implements SessionState {
        Draining drain() {
            return new Draining(client, apis);
        }
    }

    /** No more requests are read; those read are answered. */
    record Draining(Client client, ClientApis apis) implements SessionState {}

    record Closed() implements SessionState {}
}
