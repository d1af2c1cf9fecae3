package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.cli.cluster.ServerSettings;
import io.narrows.cli.load.LoadPlan;
import io.narrows.relay.store.Listing;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.relay.store.S3Settings;
import io.narrows.relay.store.StoreMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What a cluster's bucket holds, and whether everything that may be read can be. */
final class Buckets {
    private static final Duration READ = Duration.ofSeconds(60);

    private Buckets() {}

    static S3ObjectStore open(ProcessCluster cluster) {
        S3Settings settings = new S3Settings(
                cluster.s3().endpoint(),
                "us-east-1",
                ServerSettings.BUCKET,
                true,
                new S3Settings.Credentials("narrows", "narrows-local"),
                S3Settings.Limits.DEFAULT);
        return S3ObjectStore.open(settings, new StoreMetrics(new MetricRegistry(), "store"));
    }

    static List<ObjectInfo> list(ObjectStore store, String prefix) {
        List<ObjectInfo> objects = new ArrayList<>();
        Listing page;
        do {
            String last =
                    objects.isEmpty() ? "" : objects.get(objects.size() - 1).key();
            page = store.list(prefix, last, 1000).join();
            objects.addAll(page.objects());
        } while (page.truncated());
        return objects;
    }

    /** From every zone, from the beginning to the end, without a gap; at least so many records. */
    static void assertEverythingIsReadAgain(ProcessCluster cluster, LoadPlan plan, long atLeast) {
        for (int zone = 0; zone < 3; zone++) {
            Map<String, Object> config = Map.of(
                    "bootstrap.servers",
                    cluster.layout().brokerBootstrap(zone),
                    "client.rack",
                    cluster.layout().zones().get(zone));
            try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                List<TopicPartition> partitions = IntStream.range(0, plan.partitions())
                        .mapToObj(partition -> new TopicPartition(plan.topic(), partition))
                        .toList();
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
                Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
                long read = 0;
                long deadline = System.nanoTime() + READ.toNanos();
                while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                    assertThat(System.nanoTime()).as("read %d records", read).isLessThan(deadline);
                    for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(200))) {
                        assertThat(each.value()).hasSize(plan.shape().recordBytes());
                        read++;
                    }
                }
                assertThat(read).isGreaterThanOrEqualTo(atLeast);
            }
        }
    }
}
