package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import io.narrows.testing.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What history costs a partition with little traffic, in requests that are counted. Time is shortened 10,800 times: two seconds stand
 * for the six hours of {@code narrows.tier.roll.max.ms}, and so three of these for 18 hours.
 */
final class LowTrafficTest {
    private static final int ROLL_MAX_MS = 2000;
    private static final int PERIODS = 3;

    @TempDir
    Path directory;

    @Test
    void aQuietPartitionCostsOnePutPerSixHoursAndOneWithoutLinksNone() throws Exception {
        Map<String, String> shortened = Map.of(
                "narrows.tier.roll.ms", Integer.toString(ROLL_MAX_MS / 6),
                "narrows.tier.roll.max.ms", Integer.toString(ROLL_MAX_MS));
        try (EmbeddedS3Server s3 = EmbeddedS3Server.start(EmbeddedS3Config.inMemory());
                TieredCluster cluster = TieredCluster.narrows(directory, s3, shortened);
                var producer = cluster.producer(Map.of())) {
            cluster.create("quiet", Map.of());
            cluster.create("small", Map.of());
            long start = System.nanoTime();
            for (int period = 0; period < PERIODS; period++) {
                TieredCluster.batch(producer, "quiet", period);
                producer.send(new ProducerRecord<>("small", 0, "k", new byte[100]));
                producer.flush();
                int copied = period + 1;
                Await.until(
                        "segment " + copied,
                        Duration.ofSeconds(20),
                        () -> counted(cluster, "narrows.tier.copied.segments") >= copied);
            }
            double periods = (System.nanoTime() - start) / 1e6 / ROLL_MAX_MS;

            // A segment of 20 KB is not worth a PUT before the longer limit, whatever the shorter one is.
            assertThat(periods).isGreaterThanOrEqualTo(PERIODS);
            assertThat(counted(cluster, "narrows.tier.copied.parts")).isEqualTo(PERIODS);
            assertThat(cluster.brokers
                            .server(1)
                            .metrics()
                            .meter("range.copies.gets")
                            .getCount())
                    .isLessThanOrEqualTo(PERIODS);
            assertThat(counted(cluster, "narrows.broker.inline.batches")).isGreaterThanOrEqualTo(PERIODS);
            assertThat(cluster.offset("small", OffsetSpec.latestTiered())).isEqualTo(-1);
        }
    }

    private static long counted(TieredCluster cluster, String name) {
        return IntStream.rangeClosed(1, 3)
                .mapToLong(
                        id -> cluster.brokers.server(id).metrics().counter(name).getCount())
                .sum();
    }
}
