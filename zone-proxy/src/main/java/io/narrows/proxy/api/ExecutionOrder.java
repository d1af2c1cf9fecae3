package io.narrows.proxy.api;

/**
 * What a request waits for before it starts. A stock broker handles one request of a connection at a time; the proxy
 * pipelines where that cannot be told apart.
 */
public enum ExecutionOrder {
    /** Changes nothing: starts immediately. */
    ANY,
    /** Starts after the barriers before it; lanes keep batches in order among each other. */
    LANES,
    /** Changes transactions or offsets: starts when all lanes and barriers before it are answered. */
    BARRIER
}
