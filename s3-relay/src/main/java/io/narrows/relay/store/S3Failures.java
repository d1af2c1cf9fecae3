package io.narrows.relay.store;

import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.store.ObjectStoreException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Translates what the SDK throws into {@link ObjectStoreException}s, whose messages say what was found and what to do;
 * nothing of the SDK leaves this package. Without state.
 */
final class S3Failures {
    private static final Set<String> DENIED = Set.of(
            "AccessDenied",
            "AllAccessDisabled",
            "ExpiredToken",
            "InvalidAccessKeyId",
            "InvalidSecurity",
            "InvalidToken",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "TokenRefreshRequired");
    private static final Set<String> THROTTLED =
            Set.of("RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException");
    private static final Set<String> OTHER_REGION = Set.of(
            "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect", "Redirect");

    private static final Pattern REGION = Pattern.compile("expecting '([a-z0-9-]+)'");
    private static final int MAX_DETAIL_CHARS = 300;

    private S3Failures() {}

    static ObjectStoreException translate(StoreOperation operation, String key, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        // The SDK wraps what a response transformer or a credential provider throws.
        for (Throwable inner = cause; inner != null; inner = inner.getCause()) {
            if (inner instanceof ObjectStoreException translated) {
                return translated;
            }
        }
        String message = operation.label() + " of '" + key + "' failed: ";
        if (cause instanceof S3Exception answer) {
            String code = code(answer.awsErrorDetails());
            return new ObjectStoreException(
                    kind(answer.statusCode(), code, answer),
                    message + answer.statusCode() + " " + code + advice(operation, code, answer),
                    cause);
        }
        return new ObjectStoreException(Kind.UNAVAILABLE, message + withoutAnswer(cause), cause);
    }

    /** Of a PUT with a condition: S3 says that there is no object to match with 404. */
    static ObjectStoreException translateConditional(String key, Throwable failure) {
        ObjectStoreException translated = translate(StoreOperation.PUT, key, failure);
        return translated.kind() == Kind.NOT_FOUND
                ? new ObjectStoreException(Kind.CONFLICT, "put of '" + key + "': no object to match", translated)
                : translated;
    }

    private static Kind kind(int status, String code, S3Exception answer) {
        if (code.equals("NoSuchBucket") || bucketRegion(code, answer) != null) {
            return Kind.INVALID;
        } else if (DENIED.contains(code)) {
            return Kind.DENIED;
        } else if (THROTTLED.contains(code)) {
            return Kind.THROTTLED;
        }
        return switch (code) {
            case "PreconditionFailed" -> Kind.CONFLICT;
            case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch" -> Kind.CORRUPT;
            case "RequestTimeout", "OperationAborted" -> Kind.UNAVAILABLE;
            default -> byStatus(status);
        };
    }

    /** Of an answer whose code is not known, as when there is no body. */
    static Kind byStatus(int status) {
        return switch (status) {
            case 401, 403 -> Kind.DENIED;
            case 404 -> Kind.NOT_FOUND;
            case 408, 409 -> Kind.UNAVAILABLE;
            case 412 -> Kind.CONFLICT;
            case 429, 503 -> Kind.THROTTLED;
            // A server that does not know the request, and never will.
            case 501 -> Kind.INVALID;
            default -> status >= 500 ? Kind.UNAVAILABLE : Kind.INVALID;
        };
    }

    private static String advice(StoreOperation operation, String code, S3Exception answer) {
        String region = bucketRegion(code, answer);
        if (region != null) {
            return ": the bucket is in region " + region
                    + "; set s3.region (proxy) or narrows.s3.region (broker) to it";
        }
        return switch (code) {
            case "NoSuchBucket" ->
                ": the bucket does not exist; create it, or correct s3.bucket (proxy) or narrows.s3.bucket (broker)";
            case "AccessDenied" ->
                ": the role needs " + operation.permission() + " on this key (" + detail(answer) + ")";
            case "RequestTimeTooSkewed" ->
                ": the clock of this machine says " + now() + ", the store says " + header("Date", answer)
                        + "; synchronize the clock";
            case "ExpiredToken",
                    "InvalidToken",
                    "TokenRefreshRequired",
                    "InvalidAccessKeyId",
                    "SignatureDoesNotMatch" ->
                ": the store refuses the credentials; check their key, secret, session token and expiry";
            case "SlowDown" -> ": the store asks for fewer requests";
            default -> detail(answer).isEmpty() ? "" : ": " + detail(answer);
        };
    }

    /** Null when the answer does not say that the bucket is in another region. */
    private static @Nullable String bucketRegion(String code, S3Exception answer) {
        AwsErrorDetails details = answer.awsErrorDetails();
        if (details == null || !(OTHER_REGION.contains(code) || answer.statusCode() == 301)) {
            return null;
        }
        String header = header("x-amz-bucket-region", answer);
        String found = header.isEmpty() ? find(REGION, answer, "") : header;
        return found.isEmpty() ? (answer.statusCode() == 301 ? "unknown" : null) : found;
    }

    private static String find(Pattern pattern, S3Exception answer, String otherwise) {
        Matcher matcher = pattern.matcher(detail(answer));
        return matcher.find() ? matcher.group(1) : otherwise;
    }

    private static String header(String name, S3Exception answer) {
        AwsErrorDetails details = answer.awsErrorDetails();
        return details == null || details.sdkHttpResponse() == null
                ? ""
                : details.sdkHttpResponse().firstMatchingHeader(name).orElse("");
    }

    @SuppressForbidden("the clock itself is what the message is about")
    private static Instant now() {
        return Instant.now();
    }

    private static String detail(S3Exception answer) {
        AwsErrorDetails details = answer.awsErrorDetails();
        String text = details == null || details.errorMessage() == null ? "" : details.errorMessage();
        return text.length() <= MAX_DETAIL_CHARS ? text : text.substring(0, MAX_DETAIL_CHARS);
    }

    /** The innermost cause that says what to look at. */
    private static String withoutAnswer(Throwable failure) {
        String advice = "";
        for (Throwable inner = failure; inner != null; inner = inner.getCause()) {
            if (inner instanceof UnknownHostException) {
                advice = "the host name does not resolve (" + inner.getMessage() + "); check DNS, endpoint and region";
            } else if (inner instanceof SSLException) {
                advice =
                        "TLS failed (" + inner.getMessage() + "); check the endpoint's certificate and the trust store";
            } else if (inner instanceof ConnectException) {
                advice = "no connection (" + inner.getMessage() + "); check the endpoint and the route to it";
            }
        }
        if (!advice.isEmpty()) {
            return advice;
        }
        boolean late = failure instanceof ApiCallTimeoutException
                || failure instanceof ApiCallAttemptTimeoutException
                || failure instanceof TimeoutException;
        return late ? "deadline exceeded; check the endpoint and the route to it" : String.valueOf(failure);
    }

    private static String code(@Nullable AwsErrorDetails details) {
        return details == null || details.errorCode() == null ? "" : details.errorCode();
    }

    /**
     * Throws when a success of a PUT is not one of S3, which names the object's ETag, and its checksum where it keeps one.
     */
    static void checkStored(String key, @Nullable String etag, @Nullable String stored, String sent) {
        if (etag == null || etag.isEmpty()) {
            throw new ObjectStoreException(
                    Kind.UNAVAILABLE,
                    "put of '" + key
                            + "' has a response without an ETag, so not from S3; check what is between this process"
                            + " and S3",
                    null);
        } else if (stored != null && !stored.equals(sent)) {
            throw new ObjectStoreException(
                    Kind.CORRUPT,
                    "put of '" + key + "' stored bytes with checksum " + stored + ", those that were sent have " + sent,
                    null);
        }
    }

    /** An answer to a request that did not go through the SDK's client. */
    static Exception answered(int status) {
        Kind kind = byStatus(status);
        String message = "response status " + status;
        boolean serverInTrouble = status == 429 || (status >= 500 && status != 501);
        return serverInTrouble ? new ObjectStoreException(kind, message, null) : new IOException(message);
    }
}
