package io.narrows.bench.fairness;

import io.narrows.cli.load.ZoneEndpoints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Consumers that read a topic as fast as they can, again and again. Owns their threads, until it is stopped. */
final class BigReaders {
    private static final Duration POLL = Duration.ofMillis(200);

    private final AtomicLong bytes = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    private BigReaders() {}

    static BigReaders start(int count, ZoneEndpoints at, List<TopicPartition> partitions) {
        BigReaders readers = new BigReaders();
        Map<String, Object> settings = new HashMap<>(Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                at.consumeBootstrap(),
                ConsumerConfig.CLIENT_RACK_CONFIG,
                at.zone(),
                ConsumerConfig.CLIENT_ID_CONFIG,
                "big",
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                8 << 20));
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(() -> readers.read(settings, partitions), "big-reader-" + i);
            thread.setDaemon(true);
            readers.threads.add(thread);
            thread.start();
        }
        return readers;
    }

    private void read(Map<String, Object> settings, List<TopicPartition> partitions) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (!stopped) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    long unused = bytes.addAndGet(record.serializedValueSize());
                }
                // One by one: a seek would drop the fetches in flight of the others.
                for (TopicPartition read : records.partitions()) {
                    if (consumer.position(read) >= ends.getOrDefault(read, 0L)) {
                        consumer.seekToBeginning(List.of(read));
                    }
                }
            }
        }
    }

    /** Read so far by all of them. */
    long bytes() {
        return bytes.get();
    }

    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
