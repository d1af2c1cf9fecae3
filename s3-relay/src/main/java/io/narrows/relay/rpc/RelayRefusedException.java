package io.narrows.relay.rpc;

import java.io.IOException;

/** The peer ended the connection and said why: in its answer to the Hello, or later in a Close frame. */
public final class RelayRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final RelayError error;
    private final long knownIncarnation;

    public RelayRefusedException(RelayError error, String message) {
        this(error, message, 0);
    }

    public RelayRefusedException(RelayError error, String message, long knownIncarnation) {
        super(error + ": " + message);
        this.error = error;
        this.knownIncarnation = knownIncarnation;
    }

    /** Of the writer at that leader, with {@link RelayError#WRITER_BEHIND}; 0 otherwise. */
    public long knownIncarnation() {
        return knownIncarnation;
    }

    public RelayError error() {
        return error;
    }
}
