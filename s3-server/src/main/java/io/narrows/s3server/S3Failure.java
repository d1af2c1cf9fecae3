package io.narrows.s3server;

/** Ends a request with an error of the protocol; carries no stack trace, since clients provoke it at will. */
final class S3Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final S3Error error;

    S3Failure(S3Error error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    S3Error error() {
        return error;
    }
}
