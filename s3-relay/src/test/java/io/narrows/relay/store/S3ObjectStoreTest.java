package io.narrows.relay.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.s3server.Operation;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** The contract over HTTP, on the embedded server, and what is special about S3. */
final class S3ObjectStoreTest extends ObjectStoreContract {
    private final EmbeddedS3Server server = start();
    private final StoreMetrics metrics = new StoreMetrics(new MetricRegistry(), "store");
    private final S3ObjectStore store = S3ObjectStore.open(settings("bucket"), metrics);

    @Override
    ObjectStore store() {
        return store;
    }

    @AfterAll
    void close() {
        store.close();
        server.close();
    }

    @Test
    void operationsAndBytesAreCounted() {
        long bytesPut = metrics.bytesPut();
        long puts = metrics.operations(StoreOperation.PUT);
        long putsAtServer = server.counters().requests(Operation.PUT);
        long bytesAtServer = server.counters().bytesIn();
        int retired = store.retiredBuffers();

        put("counted", Unpooled.wrappedBuffer(new byte[1_000]));

        assertThat(metrics.bytesPut() - bytesPut).isEqualTo(1_000);
        assertThat(metrics.operations(StoreOperation.PUT) - puts).isEqualTo(1);
        assertThat(metrics.attempts(StoreOperation.PUT)).isEqualTo(metrics.operations(StoreOperation.PUT));
        assertThat(store.retiredBuffers()).isEqualTo(retired);
        assertThat(server.counters().requests(Operation.PUT) - putsAtServer).isEqualTo(1);
        assertThat(server.counters().bytesIn() - bytesAtServer).isBetween(1_000L, 1_300L);
    }

    @Test
    void missingBucketIsInvalid() {
        try (S3ObjectStore other =
                S3ObjectStore.open(settings("no-such-bucket"), new StoreMetrics(new MetricRegistry(), "other"))) {
            assertKind(Kind.INVALID, other.put("k", Unpooled.wrappedBuffer(new byte[1])));
            assertKind(Kind.INVALID, other.get("k", 0, 1));
        }
    }

    @Test
    void directoryBucketIsRefused() {
        assertThatThrownBy(() -> settings("narrows--use1-az4--x-s3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be a general purpose bucket");
    }

    @Test
    void secretIsNotInTheStringOfTheSettings() {
        assertThat(settings("bucket").toString()).contains("access").doesNotContain("very-secret");
    }

    private S3Settings settings(String bucket) {
        return S3Settings.at(server.endpoint(), bucket, new S3Settings.Credentials("access", "very-secret"));
    }

    private static EmbeddedS3Server start() {
        EmbeddedS3Server server = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
        server.createBucket("bucket");
        return server;
    }
}
