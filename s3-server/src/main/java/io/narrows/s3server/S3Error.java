package io.narrows.s3server;

import io.netty.handler.codec.http.HttpResponseStatus;

/** Error codes of the S3 protocol that the server answers with. */
enum S3Error {
    ACCESS_DENIED("AccessDenied", 403),
    BAD_DIGEST("BadDigest", 400),
    BUCKET_NOT_FOUND("NoSuchBucket", 404),
    ENTITY_TOO_LARGE("EntityTooLarge", 400),
    INCOMPLETE_BODY("IncompleteBody", 400),
    INTERNAL("InternalError", 500),
    INVALID_ACCESS_KEY("InvalidAccessKeyId", 403),
    INVALID_ARGUMENT("InvalidArgument", 400),
    INVALID_BUCKET_NAME("InvalidBucketName", 400),
    INVALID_RANGE("InvalidRange", 416),
    KEY_NOT_FOUND("NoSuchKey", 404),
    KEY_TOO_LONG("KeyTooLongError", 400),
    MALFORMED_XML("MalformedXML", 400),
    MISSING_LENGTH("MissingContentLength", 411),
    NOT_IMPLEMENTED("NotImplemented", 501),
    PERMANENT_REDIRECT("PermanentRedirect", 301),
    PRECONDITION_FAILED("PreconditionFailed", 412),
    REQUEST_TIME_TOO_SKEWED("RequestTimeTooSkewed", 403),
    SLOW_DOWN("SlowDown", 503);

    private final String code;
    private final int status;

    S3Error(String code, int status) {
        this.code = code;
        this.status = status;
    }

    String code() {
        return code;
    }

    HttpResponseStatus status() {
        return HttpResponseStatus.valueOf(status);
    }
}
