package io.narrows.relay.rpc;

import java.io.IOException;

/** The peer ended the connection and said why: in its answer to the Hello, or later in a Close frame. */
public final class RelayRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final RelayError error;

    RelayRefusedException(RelayError error, String message) {
        super(error + ": " + message);
        this.error = error;
    }

    public RelayError error() {
        return error;
    }
}
