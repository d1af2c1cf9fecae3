package io.narrows.relay.rpc;

/** The peer sent something that is not the relay protocol; the connection ends. */
final class MalformedFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
        super(message);
    }

    MalformedFrameException(String message, Throwable cause) {
        super(message, cause);
    }

    static void check(boolean holds, String message) {
        if (!holds) {
            throw new MalformedFrameException(message);
        }
    }
}
