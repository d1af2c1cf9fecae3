package io.narrows.bench.zones;

/** This machine or this user cannot have network namespaces; the message says what is missing. */
public final class ZonesUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ZonesUnavailableException(String message) {
        super(message);
    }
}
