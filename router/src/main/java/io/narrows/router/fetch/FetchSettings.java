package io.narrows.router.fetch;

/**
 * How clients' fetches are served.
 *
 * @param zone the proxy's own, whose replicas are read from
 * @param maxBytes at most this is asked of a broker at a time
 */
public record FetchSettings(String zone, int maxBytes) {
    public static final int DEFAULT_MAX_BYTES = 16 << 20;
}
