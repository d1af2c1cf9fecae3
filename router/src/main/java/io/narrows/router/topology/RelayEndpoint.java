package io.narrows.router.topology;

import java.net.InetSocketAddress;

/** What is known of a broker's relay endpoint. */
public sealed interface RelayEndpoint {
    /** The broker has not been asked, or has not answered yet. */
    record Unknown() implements RelayEndpoint {}

    /** The broker has said that it has none: a stock broker. */
    record None() implements RelayEndpoint {}

    /** Where it listens. */
    record At(InetSocketAddress address) implements RelayEndpoint {}

    RelayEndpoint UNKNOWN = new Unknown();
    RelayEndpoint NONE = new None();

    static RelayEndpoint at(String host, int port) {
        return new At(InetSocketAddress.createUnresolved(host, port));
    }
}
