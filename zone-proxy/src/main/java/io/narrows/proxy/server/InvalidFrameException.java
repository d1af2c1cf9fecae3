package io.narrows.proxy.server;

/** Bytes from a client that are no Kafka request; the connection they came on is closed. */
final class InvalidFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidFrameException(String message) {
        super(message, null, false, false);
    }
}
