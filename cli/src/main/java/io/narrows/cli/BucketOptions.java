package io.narrows.cli;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.S3Settings.Credentials;
import io.narrows.relay.store.StoreMetrics;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How commands reach a bucket: options they share, and waiting for its answers. */
final class BucketOptions {
    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "URL of an S3 server other than AWS; requests are path-style.")
    private @Nullable URI endpoint;

    @Option(
            names = "--region",
            defaultValue = "us-east-1",
            description = "Region of the bucket (default ${DEFAULT-VALUE}).")
    private String region = "us-east-1";

    /** The bucket of {@code s3://bucket} and {@code s3://bucket/key}. */
    static String bucketOf(URI url) {
        String bucket = url.getHost();
        if (!"s3".equals(url.getScheme()) || bucket == null) {
            throw new IllegalArgumentException("'" + url + "' is not a bucket: write s3://bucket");
        }
        return bucket;
    }

    /** The key of {@code s3://bucket/key}; empty for the bucket alone. */
    static String keyOf(URI url) {
        return url.getPath().substring(Math.min(1, url.getPath().length()));
    }

    ObjectStore open(String bucket) {
        Credentials anyone = endpoint == null ? null : new Credentials("narrows", "narrows");
        return S3ObjectStore.open(
                new S3Settings(endpoint, region, bucket, endpoint != null, anyone, S3Settings.Limits.DEFAULT),
                new StoreMetrics(new MetricRegistry(), "store"));
    }

    @SuppressForbidden("a command's main thread waits for its requests")
    static <T> T await(CompletableFuture<T> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException("cannot read the bucket: " + cause.getMessage(), e);
        }
    }
}
