package io.narrows.bench.restarts;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** What a client with many partitions waits for at one address. Used by one thread. */
final class ManyPartitions implements AutoCloseable {
    private static final int ROUNDS = 9;
    private static final byte[] RECORD = new byte[100];

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final KafkaProducer<byte[], byte[]> producer;

    ManyPartitions(String bootstrap, String topic, int partitions) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", bootstrap,
                        "acks", "all",
                        "linger.ms", "5",
                        "delivery.timeout.ms", "300000",
                        "max.block.ms", "120000"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** The median of some requests for the metadata of all topics. */
    Duration metadata() {
        long[] nanos = new long[ROUNDS];
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var unused = consumer.listTopics();
            for (int round = 0; round < ROUNDS; round++) {
                long start = Restarts.nanos();
                var unusedToo = consumer.listTopics();
                nanos[round] = Restarts.nanos() - start;
            }
        }
        Arrays.sort(nanos);
        return Duration.ofNanos(nanos[ROUNDS / 2]);
    }

    /** How long it takes until a record to each partition is acknowledged. */
    Duration recordToEach() {
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        long start = Restarts.nanos();
        for (int partition = 0; partition < partitions; partition++) {
            var unused = producer.send(
                    new ProducerRecord<>(topic, partition, null, RECORD),
                    (metadata, error) -> failure.compareAndSet(null, error));
        }
        producer.flush();
        if (failure.get() != null) {
            throw new IllegalStateException("a record was not acknowledged", failure.get());
        }
        return Duration.ofNanos(Restarts.nanos() - start);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(10));
    }
}
