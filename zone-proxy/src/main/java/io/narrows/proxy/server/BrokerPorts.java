package io.narrows.proxy.server;

import java.util.OptionalInt;

/**
 * What a listener has to do with the ports of single brokers.
 *
 * @param base broker N has the port {@code base + N} to itself; 0 for none
 * @param means the broker whose port this listener is, if it is one
 * @param commonPort the bound port of the listener without a broker, where clients are sent for all else
 */
public record BrokerPorts(int base, OptionalInt means, int commonPort) {
    /** Brokers have no ports. */
    public static final BrokerPorts NONE = of(0);

    public static BrokerPorts of(int base) {
        return new BrokerPorts(base, OptionalInt.empty(), 0);
    }
}
