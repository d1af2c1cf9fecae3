package io.narrows.relay.rpc;

/**
 * First frame on a relay connection, from the proxy. A leader keeps one live connection per writer: a Hello with the
 * same writer and the same or a greater incarnation fences the earlier connection; a smaller incarnation is refused. The
 * incarnation orders the starts of a writer at one leader only, and need not be the one in the names of its objects.
 */
public record Hello(
        int minVersion,
        int maxVersion,
        String clusterId,
        String zone,
        String writer,
        long incarnation,
        String software) {}
