package io.narrows.broker.gc.collector;

/** A question or answer in the bucket is damaged, or of a version that this build does not know. */
public final class MalformedGcObjectException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedGcObjectException(String message) {
        super(message);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new MalformedGcObjectException("unexpected " + what);
        }
    }
}
