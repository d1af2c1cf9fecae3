package io.narrows.relay.store;

import org.jspecify.annotations.Nullable;

/** A failed object store operation, typed by what the caller can do about it. */
public final class ObjectStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the caller can do. */
    public enum Kind {
        /** The object is not there; asking again does not help. */
        NOT_FOUND,
        /** Slow, throttled or unreachable after the bounded retries; another path or a later try may succeed. */
        UNAVAILABLE,
        /** The bytes are not the ones that were asked for (length or checksum). */
        CORRUPT,
        /** The request can never succeed: bad range, no permission, no such bucket. */
        INVALID
    }

    private final Kind kind;

    public ObjectStoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
