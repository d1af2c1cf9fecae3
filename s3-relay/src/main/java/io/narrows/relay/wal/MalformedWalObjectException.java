package io.narrows.relay.wal;

/** Bytes that are not a WAL object, or not of a version this code knows. */
public final class MalformedWalObjectException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    MalformedWalObjectException(String message) {
        super(message);
    }
}
