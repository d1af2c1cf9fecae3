package io.narrows.s3server;

import java.util.Map;

/** Ends a request with an error of the protocol; carries no stack trace, since clients provoke it at will. */
final class S3Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final S3Error error;
    private final transient Map<String, String> headers;
    private final transient Map<String, String> details;

    S3Failure(S3Error error, String message) {
        this(error, message, Map.of(), Map.of());
    }

    /** {@code headers} of the answer, and elements of its body that only this error has. */
    S3Failure(S3Error error, String message, Map<String, String> headers, Map<String, String> details) {
        super(message, null, false, false);
        this.error = error;
        this.headers = headers;
        this.details = details;
    }

    Map<String, String> headers() {
        return headers;
    }

    Map<String, String> details() {
        return details;
    }

    S3Error error() {
        return error;
    }
}
