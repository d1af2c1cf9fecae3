package io.narrows.proxy.metadata;

/**
 * A host and port as clients reach it.
 *
 * @param brokerPortBase broker N has the port brokerPortBase + N to itself; 0 if brokers have no ports of their own
 */
public record Endpoint(String host, int port, int brokerPortBase) {
    /** Brokers have no ports of their own here. */
    public Endpoint(String host, int port) {
        this(host, port, 0);
    }

    /** Where clients find what stands for a broker. */
    public Endpoint ofBroker(int brokerId) {
        return brokerPortBase == 0 ? this : new Endpoint(host, brokerPortBase + brokerId);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
