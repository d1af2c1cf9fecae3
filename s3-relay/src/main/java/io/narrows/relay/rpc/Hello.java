package io.narrows.relay.rpc;

/**
 * First frame on a relay connection, from the proxy. A leader keeps one live connection per writer: a Hello with the
 * same writer and the same or a newer incarnation fences the earlier connection; an older incarnation is refused.
 */
public record Hello(
        int minVersion,
        int maxVersion,
        String clusterId,
        String zone,
        String writer,
        long incarnation,
        String software) {}
