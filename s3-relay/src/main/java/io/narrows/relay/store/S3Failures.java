package io.narrows.relay.store;

import io.narrows.relay.store.ObjectStoreException.Kind;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Translates what the SDK throws into {@link ObjectStoreException}s; nothing of the SDK leaves this package. */
final class S3Failures {
    private S3Failures() {}

    static ObjectStoreException translate(StoreOperation operation, String key, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        // The SDK wraps what a response transformer throws.
        for (Throwable inner = cause; inner != null; inner = inner.getCause()) {
            if (inner instanceof ObjectStoreException translated) {
                return translated;
            }
        }
        String message = operation.label() + " of '" + key + "' failed: ";
        if (cause instanceof S3Exception answer) {
            String code = code(answer.awsErrorDetails());
            return new ObjectStoreException(
                    kind(answer.statusCode(), code), message + answer.statusCode() + " " + code, cause);
        }
        return new ObjectStoreException(Kind.UNAVAILABLE, message + cause, cause);
    }

    private static Kind kind(int status, String code) {
        return switch (code) {
            case "NoSuchBucket" -> Kind.INVALID;
            case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch" -> Kind.CORRUPT;
            case "RequestTimeout", "SlowDown", "OperationAborted", "RequestTimeTooSkewed", "ExpiredToken" ->
                Kind.UNAVAILABLE;
            default -> byStatus(status);
        };
    }

    private static Kind byStatus(int status) {
        if (status == 404) {
            return Kind.NOT_FOUND;
        }
        boolean retriable = status >= 500 || status == 429 || status == 408 || status == 409;
        // 501 is a server that does not know the request, and never will.
        return retriable && status != 501 ? Kind.UNAVAILABLE : Kind.INVALID;
    }

    private static String code(@Nullable AwsErrorDetails details) {
        return details == null || details.errorCode() == null ? "" : details.errorCode();
    }
}
