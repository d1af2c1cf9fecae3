package io.narrows.relay.store;

/** An object's key, size in bytes and time of last modification in milliseconds since the epoch. */
public record ObjectInfo(String key, long sizeBytes, long modifiedMs) {}
