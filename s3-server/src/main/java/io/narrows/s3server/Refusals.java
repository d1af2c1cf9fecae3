package io.narrows.s3server;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refusals that last until the configuration of a client is corrected: region, policy, access key, clock. Immutable.
 *
 * @param region where the bucket is instead; null: here
 * @param accessKeys the ones that are accepted; null: all
 * @param sessionToken what requests carry; null: does not matter
 * @param clockAhead the server's clock against the real one
 */
record Refusals(
        @Nullable String region,
        Set<Operation> denied,
        @Nullable Set<String> accessKeys,
        @Nullable String sessionToken,
        Duration clockAhead) {
    static final Refusals NONE = new Refusals(null, Set.of(), null, null, Duration.ZERO);

    private static final Duration MAX_SKEW = Duration.ofMinutes(15);
    private static final DateTimeFormatter SIGNING_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ENGLISH);
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);
    private static final Pattern ACCESS_KEY = Pattern.compile("Credential=([^/]+)/");

    Refusals inRegion(String other) {
        return new Refusals(other, denied, accessKeys, sessionToken, clockAhead);
    }

    Refusals denying(Set<Operation> operations) {
        return new Refusals(region, Set.copyOf(operations), accessKeys, sessionToken, clockAhead);
    }

    Refusals accepting(Set<String> keys) {
        return new Refusals(region, denied, Set.copyOf(keys), sessionToken, clockAhead);
    }

    Refusals accepting(String token) {
        return new Refusals(region, denied, accessKeys, token, clockAhead);
    }

    Refusals withClockAhead(Duration offset) {
        return new Refusals(region, denied, accessKeys, sessionToken, offset);
    }

    /** The Date header that the server's clock makes; null when the clock is right. */
    @Nullable
    String date() {
        return clockAhead.isZero() ? null : HTTP_DATE.format(now());
    }

    /** Throws {@link S3Failure} for a request that is refused. */
    void check(S3Request request) {
        if (region != null) {
            throw new S3Failure(
                    S3Error.PERMANENT_REDIRECT,
                    "the bucket is in another region",
                    Map.of("x-amz-bucket-region", region),
                    Map.of("Bucket", request.bucket()));
        }
        if (!clockAhead.isZero()) {
            checkClock(request);
        }
        if (accessKeys != null) {
            checkKey(request, accessKeys);
        }
        if (sessionToken != null && !sessionToken.equals(request.header("x-amz-security-token"))) {
            throw new S3Failure(S3Error.INVALID_ACCESS_KEY, "unknown session token");
        }
        if (denied.contains(request.operation())) {
            throw new S3Failure(S3Error.ACCESS_DENIED, "the policy does not allow this " + request.operation());
        }
    }

    private static void checkKey(S3Request request, Set<String> accepted) {
        String authorization = request.header("authorization");
        Matcher key = ACCESS_KEY.matcher(authorization == null ? "" : authorization);
        if (!key.find()) {
            throw new S3Failure(S3Error.ACCESS_DENIED, "the request is not signed");
        } else if (!accepted.contains(key.group(1))) {
            throw new S3Failure(S3Error.INVALID_ACCESS_KEY, "unknown access key");
        }
    }

    private void checkClock(S3Request request) {
        String signed = request.header("x-amz-date");
        try {
            Instant then = LocalDateTime.parse(signed == null ? "" : signed, SIGNING_TIME)
                    .toInstant(ZoneOffset.UTC);
            if (Duration.between(then, now()).abs().compareTo(MAX_SKEW) > 0) {
                throw new S3Failure(
                        S3Error.REQUEST_TIME_TOO_SKEWED,
                        "the difference between the request time and the server's time is too large",
                        Map.of(),
                        Map.of("RequestTime", String.valueOf(signed), "ServerTime", now().toString()));
            }
        } catch (DateTimeException e) {
            throw new S3Failure(S3Error.ACCESS_DENIED, "the request has no time of signing");
        }
    }

    @SuppressForbidden("the server's clock")
    private Instant now() {
        return Instant.now().plus(clockAhead);
    }
}
