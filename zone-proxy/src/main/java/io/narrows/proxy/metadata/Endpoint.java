package io.narrows.proxy.metadata;

/** A host and port as clients reach it. */
public record Endpoint(String host, int port) {
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
