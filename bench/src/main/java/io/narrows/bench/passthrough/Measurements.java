package io.narrows.bench.passthrough;

import io.narrows.relay.SuppressForbidden;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Clients that are timed, one after the other. Used by one thread, which blocks. */
@SuppressForbidden("a benchmark measures real time and waits for its clients")
final class Measurements {
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final int MAX_EMPTY_POLLS = 6;
    private static final int WARM_UP = 20;

    private final String topic;
    private final int recordBytes;

    Measurements(String topic, int recordBytes) {
        this.topic = topic;
        this.recordBytes = recordBytes;
    }

    /** Writes the records that are read later, in large batches. */
    void fill(String bootstrap, long records, int partitions) {
        try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap, 256 << 10, 5)) {
            for (long i = 0; i < records; i++) {
                var unused =
                        producer.send(new ProducerRecord<>(topic, (int) (i % partitions), null, new byte[recordBytes]));
            }
        }
    }

    private KafkaProducer<byte[], byte[]> producer(String bootstrap, int batchBytes, int lingerMs) {
        return new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        batchBytes,
                        ProducerConfig.LINGER_MS_CONFIG,
                        lingerMs),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(String bootstrap, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false));
        settings.putAll(more);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * What one consumer read of the partitions' records, again and again from the beginning until the time is up: short
     * readings measure how clients warm up.
     */
    Reading read(String bootstrap, long records, int partitions, long atLeastMillis) {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        // A fetch that came to the end must not hold up the next turn.
        Map<String, Object> impatient = Map.of(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 1);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, impatient)) {
            consumer.assign(all);
            long started = System.nanoTime();
            long read = 0;
            do {
                consumer.seekToBeginning(all);
                read += readToEnd(consumer, records);
            } while (System.nanoTime() - started < atLeastMillis * 1_000_000);
            return new Reading((double) read * recordBytes / 1e6, (System.nanoTime() - started) / 1e9);
        }
    }

    private static long readToEnd(KafkaConsumer<byte[], byte[]> consumer, long records) {
        long read = 0;
        int empty = 0;
        while (read < records && empty < MAX_EMPTY_POLLS) {
            ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
            read += polled.count();
            empty = polled.isEmpty() ? empty + 1 : 0;
        }
        if (read < records) {
            throw new IllegalStateException("read " + read + " of " + records + " records");
        }
        return read;
    }

    /** Bytes of records and the time they took. */
    record Reading(double megabytes, double seconds) {
        double megabytesPerSecond() {
            return megabytes / seconds;
        }
    }

    /** Microseconds of records that are sent one by one. */
    Histogram produce(String bootstrap, int requests, int partition) throws InterruptedException, ExecutionException {
        Histogram micros = new Histogram(3);
        try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap, 16 << 10, 0)) {
            for (int i = 0; i < requests + WARM_UP; i++) {
                long started = System.nanoTime();
                var unused = producer.send(new ProducerRecord<>(topic, partition, null, new byte[recordBytes]))
                        .get();
                if (i >= WARM_UP) {
                    micros.recordValue((System.nanoTime() - started) / 1000);
                }
            }
        }
        return micros;
    }

    /** Microseconds of fetches for one position after the other. */
    Histogram fetch(String bootstrap, int requests, int partition) {
        TopicPartition at = new TopicPartition(topic, partition);
        Map<String, Object> small =
                Map.of(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
        Histogram micros = new Histogram(3);
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap, small)) {
            consumer.assign(List.of(at));
            for (int i = 0; i < requests + WARM_UP; i++) {
                // Another position each time, so that nothing that was fetched ahead serves it.
                consumer.seek(at, (i * 7919L) % requests);
                long started = System.nanoTime();
                int read = 0;
                for (int polls = 0; read == 0 && polls < MAX_EMPTY_POLLS; polls++) {
                    read = consumer.poll(POLL).count();
                }
                if (i >= WARM_UP) {
                    micros.recordValue((System.nanoTime() - started) / 1000);
                }
            }
        }
        return micros;
    }
}
