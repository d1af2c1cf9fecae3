package io.narrows.relay.pointer;

/** Bytes that are not an encoded {@link Pointer} of a version this code knows. */
public final class MalformedPointerException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    MalformedPointerException(String message) {
        super(message);
    }
}
