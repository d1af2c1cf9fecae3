package io.narrows.proxy.fetch;

/**
 * How clients' fetches are served.
 *
 * @param zone the proxy's own, whose replicas are read from
 * @param maxBytes at most this is asked of a broker at a time
 * @param sessions so many clients may have an incremental session
 */
public record FetchSettings(String zone, int maxBytes, int sessions) {
    public static final int DEFAULT_MAX_BYTES = 16 << 20;

    /** As in a broker (max.incremental.fetch.session.cache.slots). */
    public static final int DEFAULT_SESSIONS = 1000;

    /** With the default number of sessions. */
    public FetchSettings(String zone, int maxBytes) {
        this(zone, maxBytes, DEFAULT_SESSIONS);
    }
}
