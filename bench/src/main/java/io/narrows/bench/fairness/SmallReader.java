package io.narrows.bench.fairness;

import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.relay.SuppressForbidden;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Fetches one record after the other from the middle of a partition, on a schedule: what is late because the one before
 * was slow counts as slow. Owns its thread, until it is stopped.
 */
@SuppressForbidden("a benchmark measures real time and waits for its turn")
final class SmallReader {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final int MAX_EMPTY_POLLS = 6;

    private final Histogram micros = new Histogram(3);
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final TopicPartition from;
    private final Thread thread;
    private volatile boolean stopped;

    private SmallReader(ZoneEndpoints at, TopicPartition from) {
        this.from = from;
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        at.consumeBootstrap(),
                        ConsumerConfig.CLIENT_RACK_CONFIG,
                        at.zone(),
                        ConsumerConfig.CLIENT_ID_CONFIG,
                        "small-fetches",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                        1,
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        1),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        this.thread = new Thread(this::read, "small-reader");
        thread.setDaemon(true);
    }

    static SmallReader start(ZoneEndpoints at, TopicPartition from) {
        SmallReader reader = new SmallReader(at, from);
        reader.thread.start();
        return reader;
    }

    private void read() {
        try (consumer) {
            consumer.assign(List.of(from));
            long end = consumer.endOffsets(List.of(from)).getOrDefault(from, 0L);
            fetchAt(0);
            long due = System.nanoTime();
            for (long i = 1; !stopped; i++) {
                while (!stopped && due - System.nanoTime() > 0) {
                    TimeUnit.NANOSECONDS.sleep(Math.max(1, due - System.nanoTime()));
                }
                // Another position each time, so that nothing that was fetched ahead serves it.
                fetchAt((i * 7919L) % end);
                micros.recordValue((System.nanoTime() - due) / 1000);
                due += EVERY_NANOS;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fetchAt(long offset) {
        consumer.seek(from, offset);
        for (int polls = 0; polls < MAX_EMPTY_POLLS; polls++) {
            if (!consumer.poll(POLL).isEmpty()) {
                return;
            }
        }
        throw new IllegalStateException("nothing can be read from " + from + " at " + offset);
    }

    /** Microseconds from when a fetch was due to its record; once it is stopped. */
    Histogram micros() {
        return micros;
    }

    void stop() throws InterruptedException {
        stopped = true;
        thread.join();
    }
}
