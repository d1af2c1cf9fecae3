package io.narrows.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narrows.proxy.fake.FakeCluster;
import io.narrows.proxy.fake.FakeZone;
import io.narrows.testing.LeakDetection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stock producer on real sockets, in front of a cluster in memory. */
@ExtendWith(LeakDetection.class)
final class StockProducerTest {
    private FakeZone zone;

    @BeforeEach
    void start() throws Exception {
        zone = new FakeZone();
        zone.cluster.createTopic("orders", 3);
    }

    @AfterEach
    void stop() throws Exception {
        zone.close();
    }

    private KafkaProducer<String, String> producer(Map<String, Object> overrides) {
        Map<String, Object> config = new java.util.HashMap<>(Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                zone.bootstrap(),
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                10_000,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                20_000,
                ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
                10_000,
                ProducerConfig.LINGER_MS_CONFIG,
                1));
        config.putAll(overrides);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void recordsArriveInOrderWithTheirOffsets(String compression) throws Exception {
        try (var producer = producer(Map.of(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression))) {
            List<Future<RecordMetadata>> acks = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                acks.add(producer.send(new ProducerRecord<>("orders", i % 3, null, "record-" + i)));
            }
            for (int i = 0; i < 500; i++) {
                RecordMetadata ack = acks.get(i).get(20, TimeUnit.SECONDS);
                assertThat(ack.offset()).isEqualTo(i / 3);
            }
        }
        assertThat(values("orders", 1))
                .hasSize(167)
                .startsWith("record-1", "record-4")
                .endsWith("record-499");
    }

    @Test
    void anErrorOfTheLeaderReachesTheProducer() {
        zone.cluster.answerWith(batch -> new io.narrows.router.produce.BatchOutcome(
                Errors.MESSAGE_TOO_LARGE.code(), -1, -1, -1, 0, -1, "too large", List.of()));
        try (var producer = producer(Map.of())) {
            Future<RecordMetadata> ack = producer.send(new ProducerRecord<>("orders", 0, null, "x"));
            assertThatThrownBy(() -> ack.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(RecordTooLargeException.class);
        }
    }

    @Test
    void acksZeroIsNotAnsweredAndArrives() throws Exception {
        try (var producer =
                producer(Map.of(ProducerConfig.ACKS_CONFIG, "0", ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false))) {
            RecordMetadata ack =
                    producer.send(new ProducerRecord<>("orders", 0, null, "x")).get(20, TimeUnit.SECONDS);
            assertThat(ack.hasOffset()).isFalse();
        }
        io.narrows.testing.Await.until(
                "the record is in the log",
                java.time.Duration.ofSeconds(10),
                () -> !values("orders", 0).isEmpty());
    }

    private List<String> values(String topic, int partition) {
        List<String> values = new ArrayList<>();
        for (FakeCluster.Appended appended : zone.cluster.log(topic, partition)) {
            MemoryRecords.readableRecords(java.nio.ByteBuffer.wrap(appended.bytes()))
                    .records()
                    .forEach(record -> values.add(
                            StandardCharsets.UTF_8.decode(record.value()).toString()));
        }
        return values;
    }
}
