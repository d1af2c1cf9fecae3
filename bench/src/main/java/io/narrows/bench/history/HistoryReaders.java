package io.narrows.bench.history;

import io.narrows.cli.load.Pace;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.relay.SuppressForbidden;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Plain consumers, a thread each, that read stretches of history from their beginnings. Owned and closed by one thread. */
final class HistoryReaders implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HistoryReaders.class);
    private static final Duration POLL = Duration.ofMillis(100);

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong bytes = new AtomicLong();
    private final double bytesPerSecond;
    private final long startNanos;

    /** How a reader goes on at the end of its stretch. */
    enum AtEnd {
        STOP,
        BEGIN_AGAIN
    }

    /** Readers that together read no faster than this; 0 for as fast as they can. */
    HistoryReaders(double bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        this.startNanos = Pace.nowNanos();
    }

    /** Reads the partitions up to the offsets, from the brokers of a zone. */
    void start(ZoneEndpoints zone, Map<TopicPartition, Long> upTo, AtEnd atEnd) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, zone.consumeBootstrap());
        settings.put(ConsumerConfig.CLIENT_RACK_CONFIG, zone.zone());
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "history-" + threads.size());
        Thread thread = new Thread(() -> read(settings, upTo, atEnd), "history-" + threads.size());
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((t, e) -> LOG.atError()
                .addKeyValue("thread", t.getName())
                .setCause(e)
                .log("A reader thread ended with an error"));
        threads.add(thread);
        thread.start();
    }

    private void read(Map<String, Object> settings, Map<TopicPartition, Long> upTo, AtEnd atEnd) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(upTo.keySet());
            do {
                consumer.seekToBeginning(upTo.keySet());
                consumer.resume(consumer.paused());
                readOnce(consumer, upTo);
            } while (atEnd == AtEnd.BEGIN_AGAIN && !stopped.get());
        }
    }

    private void readOnce(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> upTo) {
        Map<TopicPartition, Long> left = new HashMap<>(upTo);
        while (!left.isEmpty() && !stopped.get()) {
            long read = 0;
            for (ConsumerRecord<byte[], byte[]> each : consumer.poll(POLL)) {
                read += each.serializedValueSize();
            }
            keepPace(bytes.addAndGet(read));
            for (TopicPartition partition : List.copyOf(left.keySet())) {
                if (consumer.position(partition) >= left.getOrDefault(partition, 0L)) {
                    left.remove(partition);
                    consumer.pause(List.of(partition));
                }
            }
        }
    }

    private void keepPace(long readSoFar) {
        if (bytesPerSecond > 0) {
            long dueNanos = (long) (readSoFar / bytesPerSecond * 1e9);
            LockSupport.parkNanos(startNanos + dueNanos - Pace.nowNanos());
        }
    }

    long bytes() {
        return bytes.get();
    }

    /** Waits until all have reached the end of their stretch. */
    @SuppressForbidden("a command's main thread waits for its clients")
    void join() {
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while readers read", e);
            }
        }
    }

    @Override
    public void close() {
        stopped.set(true);
        join();
    }
}
