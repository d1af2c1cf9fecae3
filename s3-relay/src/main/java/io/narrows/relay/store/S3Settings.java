package io.narrows.relay.store;

import io.narrows.relay.Checks;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which bucket to use and how. Without an endpoint it is AWS's own for the region; without credentials they come from the
 * SDK's default chain (environment, profile, container or instance role).
 *
 * @param pathStyle the bucket in the path and not in the host name, as most servers other than AWS need it
 */
public record S3Settings(
        @Nullable URI endpoint,
        String region,
        String bucket,
        boolean pathStyle,
        @Nullable Credentials credentials,
        Limits limits) {
    /** How the names of directory buckets end, and no others. */
    private static final String DIRECTORY_BUCKET = "--x-s3";

    public S3Settings {
        Checks.argument(!region.isBlank(), "S3 region is empty");
        Checks.argument(!bucket.isBlank(), "S3 bucket is empty");
        Checks.argument(
                !bucket.endsWith(DIRECTORY_BUCKET),
                "the S3 bucket '" + bucket
                        + "' is a directory bucket (S3 Express One Zone); it must be a general purpose"
                        + " bucket, because a directory bucket is lost with its zone and does not list in the order of"
                        + " keys. Create a general purpose bucket in the region");
    }

    /** A path-style server at an endpoint, with default limits. */
    public static S3Settings at(URI endpoint, String bucket, Credentials credentials) {
        return new S3Settings(endpoint, "us-east-1", bucket, true, credentials, Limits.DEFAULT);
    }

    public S3Settings withLimits(Limits newLimits) {
        return new S3Settings(endpoint, region, bucket, pathStyle, credentials, newLimits);
    }

    /** An access key with its secret, and the token of its session if it is temporary; only the key appears in strings. */
    public record Credentials(
            String accessKey, String secretKey, @Nullable String sessionToken) {
        public Credentials(String accessKey, String secretKey) {
            this(accessKey, secretKey, null);
        }

        @Override
        public String toString() {
            return "Credentials[" + accessKey + "]";
        }
    }

    /**
     * Bounds of the client.
     *
     * @param maxConnections concurrent connections, and so requests; more requests wait for one as long as an attempt lasts
     * @param attemptTimeout of one attempt, from its first byte out to its last byte in
     * @param callTimeout of an operation with all its attempts
     * @param maxRetries attempts of the SDK after its first one; GETs and PUTs have one more, past the SDK, before that
     */
    public record Limits(
            int maxConnections,
            Duration connectTimeout,
            Duration attemptTimeout,
            Duration callTimeout,
            int maxRetries) {
        public static final Limits DEFAULT =
                new Limits(64, Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(10), 2);

        public Limits {
            Checks.argument(maxConnections > 0, "S3 connections must be > 0, got " + maxConnections);
            Checks.argument(maxRetries >= 0, "S3 retries must be >= 0, got " + maxRetries);
            Checks.argument(
                    connectTimeout.toMillis() > 0 && attemptTimeout.toMillis() > 0,
                    "S3 connect and attempt timeouts must be > 0 ms");
            Checks.argument(
                    callTimeout.compareTo(attemptTimeout) >= 0,
                    "S3 call timeout must be >= the attempt timeout " + attemptTimeout + ", got " + callTimeout);
        }
    }
}
