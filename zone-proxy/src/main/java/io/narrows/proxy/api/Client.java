package io.narrows.proxy.api;

import io.narrows.proxy.metadata.Endpoint;
import java.util.OptionalInt;

/**
 * Who is at the other end of a connection.
 *
 * @param advertised how clients of this connection's listener reach the proxy
 * @param software the name of the client's library as its ApiVersions request gave it; empty before that, and for
 *     clients that are too old to say it
 * @param means the broker whose address the client has connected to, if the proxy shows brokers at ports of their own
 * @param listener the name of the listener that the client came in on
 */
public record Client(
        String principalType,
        String principalName,
        String address,
        Endpoint advertised,
        String software,
        OptionalInt means,
        String listener) {
    /** A client that means no broker in particular, on no particular listener. */
    public Client(String principalType, String principalName, String address, Endpoint advertised, String software) {
        this(principalType, principalName, address, advertised, software, OptionalInt.empty(), "");
    }

    /** Whose limits and shares count for the connection, together with the client id: host and principal. */
    public String account() {
        return address + "/" + principalType + ":" + principalName;
    }

    /** The same client after it has said what it is. */
    Client introducedAs(String name) {
        return new Client(principalType, principalName, address, advertised, name, means, listener);
    }
}
