package io.narrows.bench.restarts;

import io.narrows.relay.SuppressForbidden;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes a small record to each partition ten times a second and measures the longest time that each went without an
 * acknowledgement (acks=all). Owns a producer and a thread.
 */
final class AckGaps implements AutoCloseable {
    private static final long PERIOD_MS = 100;
    private static final byte[] RECORD = new byte[100];

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread sender;
    private volatile boolean stopped;

    // Guarded by this.
    private final long[] lastNanos;
    private final long[] longestNanos;

    AckGaps(String bootstrap, String topic, int partitions) {
        this.topic = topic;
        lastNanos = new long[partitions];
        longestNanos = new long[partitions];
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", bootstrap,
                        "acks", "all",
                        "linger.ms", "0",
                        "delivery.timeout.ms", "300000",
                        "max.block.ms", "60000"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        first();
        reset();
        sender = new Thread(this::send, "ack-gaps");
        sender.start();
    }

    /**
     * One record to each partition before more are in flight: if a broker refuses the first batch of a producer because it does not
     * know yet that it leads a new partition, and takes the second, stock producers send the first again for ever.
     */
    private void first() {
        for (int partition = 0; partition < lastNanos.length; partition++) {
            var unused = producer.send(new ProducerRecord<>(topic, partition, null, RECORD));
        }
        producer.flush();
    }

    /** From now on. */
    synchronized void reset() {
        Arrays.fill(lastNanos, nanos());
        Arrays.fill(longestNanos, 0);
    }

    private void send() {
        while (!stopped) {
            for (int partition = 0; partition < lastNanos.length && !stopped; partition++) {
                int to = partition;
                var unused = producer.send(new ProducerRecord<>(topic, to, null, RECORD), (metadata, failure) -> {
                    if (failure == null) {
                        acknowledged(to);
                    }
                });
            }
            pause();
        }
    }

    private synchronized void acknowledged(int partition) {
        long now = nanos();
        longestNanos[partition] = Math.max(longestNanos[partition], now - lastNanos[partition]);
        lastNanos[partition] = now;
    }

    /** Per partition, up to now. */
    synchronized List<Duration> longest() {
        long now = nanos();
        List<Duration> longest = new ArrayList<>();
        for (int partition = 0; partition < lastNanos.length; partition++) {
            longest.add(Duration.ofNanos(Math.max(longestNanos[partition], now - lastNanos[partition])));
        }
        return longest;
    }

    @SuppressForbidden("a load generator paces itself by the clock")
    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PERIOD_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressForbidden("a load generator measures by the clock")
    private static long nanos() {
        return System.nanoTime();
    }

    @Override
    public void close() {
        stopped = true;
        sender.interrupt();
        producer.close(Duration.ofSeconds(5));
    }
}
