package io.narrows.relay.store;

/**
 * An object's key, size in bytes, time of last modification in milliseconds since the epoch by the store's clock, and
 * entity tag, with its quotes.
 */
public record ObjectInfo(String key, long sizeBytes, long modifiedMs, String etag) {}
