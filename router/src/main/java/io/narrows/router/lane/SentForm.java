package io.narrows.router.lane;

/** In which form an entry was last sent. */
public enum SentForm {
    /** INLINE to a leader in the proxy's zone. */
    LOCAL,
    /** INLINE to a leader in another zone. */
    DIRECT,
    /** POINTER, to a leader in another zone. */
    STAGED,
    /** STAGED_INLINE, to a leader in the proxy's zone. */
    STAGED_LOCAL
}
