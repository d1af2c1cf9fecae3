package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.log.HybridLogManager;
import io.narrows.relay.store.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NarrowsServerTest {
    @Test
    void threeBrokersServeRecordsAndKeepThemOverARestart(@TempDir Path directory) throws Exception {
        try (TestParts parts = new TestParts(new MemoryObjectStore());
                TestCluster cluster = new TestCluster(directory, new Properties(), id -> parts.of(id))) {
            Map<String, Object> client = Map.of("bootstrap.servers", cluster.bootstrap());
            try (Admin admin = Admin.create(client)) {
                admin.createTopics(List.of(new NewTopic("t", Map.of(0, List.of(1, 2, 3)))))
                        .all()
                        .get();
            }
            try (var producer = new KafkaProducer<>(client, new StringSerializer(), new StringSerializer())) {
                for (int i = 0; i < 100; i++) {
                    producer.send(new ProducerRecord<>("t", 0, "k", "v" + i)).get();
                }
            }
            cluster.stop(3);
            cluster.start(3);
            assertThat(cluster.server(3).broker().logManager()).isInstanceOf(HybridLogManager.class);
            try (var consumer = new KafkaConsumer<>(client, new StringDeserializer(), new StringDeserializer())) {
                TopicPartition partition = new TopicPartition("t", 0);
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(List.of(partition));
                int seen = 0;
                while (seen < 100) {
                    for (var entry : consumer.poll(Duration.ofSeconds(5))) {
                        assertThat(entry.value()).isEqualTo("v" + seen++);
                    }
                }
            }
        }
    }
}
