package io.narrows.broker.link;

import org.jspecify.annotations.Nullable;

/** Bytes that claim to be a link but are damaged, of an unknown version, or do not fit the data behind them. */
public final class CorruptLinkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CorruptLinkException(String message) {
        this(message, null);
    }

    CorruptLinkException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
