package io.narrows.proxy.api;

import io.narrows.proxy.metadata.Endpoint;

/**
 * Who is at the other end of a connection.
 *
 * @param advertised how clients of this connection's listener reach the proxy
 * @param software the name of the client's library as its ApiVersions request gave it; empty before that, and for
 *     clients that are too old to say it
 */
public record Client(String principalType, String principalName, String address, Endpoint advertised, String software) {
    /** The same client after it has said what it is. */
    Client introducedAs(String name) {
        return new Client(principalType, principalName, address, advertised, name);
    }
}
