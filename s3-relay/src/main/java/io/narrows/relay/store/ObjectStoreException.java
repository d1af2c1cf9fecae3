package io.narrows.relay.store;

import org.jspecify.annotations.Nullable;

/** A failed object store operation, typed by what the caller can do about it. */
public final class ObjectStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the caller can do. The labels are the ones of the metrics and of the runbook. */
    public enum Kind {
        /** The object is not there; asking again does not help. */
        NOT_FOUND("missing"),
        /** Slow or unreachable after the bounded retries; another path or a later try may succeed. */
        UNAVAILABLE("unavailable"),
        /** The store asks for fewer requests; ask again later, and less often. */
        THROTTLED("throttled"),
        /** No valid credentials, no permission, or a clock that is wrong; succeeds when that has been corrected. */
        DENIED("denied"),
        /** The condition of a conditional PUT was not true; the caller reads what is there. */
        CONFLICT("conflict"),
        /** The bytes are not the ones that were asked for (length or checksum). */
        CORRUPT("corrupt"),
        /** The request can never succeed: bad range, no such bucket, another region. */
        INVALID("invalid");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** The name in metrics. */
        public String label() {
            return label;
        }
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
