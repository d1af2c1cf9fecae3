package io.narrows.relay.store;

import com.codahale.metrics.MetricRegistry;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;

/**
 * The contract on a server that is not ours, where the environment names one: NARROWS_TEST_S3_ENDPOINT, with
 * NARROWS_TEST_S3_ACCESS_KEY, NARROWS_TEST_S3_SECRET_KEY and, if it is not {@code narrows-test},
 * NARROWS_TEST_S3_BUCKET.
 */
final class IndependentS3Test extends ObjectStoreContract {
    private @Nullable S3ObjectStore store;

    @BeforeAll
    void open() {
        String endpoint = System.getenv("NARROWS_TEST_S3_ENDPOINT");
        Assumptions.assumeTrue(endpoint != null, "NARROWS_TEST_S3_ENDPOINT names no S3 server");
        String bucket = System.getenv().getOrDefault("NARROWS_TEST_S3_BUCKET", "narrows-test");
        S3Settings settings = S3Settings.at(
                URI.create(endpoint),
                bucket,
                new S3Settings.Credentials(
                        System.getenv("NARROWS_TEST_S3_ACCESS_KEY"), System.getenv("NARROWS_TEST_S3_SECRET_KEY")));
        store = S3ObjectStore.open(settings, new StoreMetrics(new MetricRegistry(), "store"));
    }

    @AfterAll
    void close() {
        if (store != null) {
            store.close();
        }
    }

    @Override
    ObjectStore store() {
        return Objects.requireNonNull(store);
    }
}
