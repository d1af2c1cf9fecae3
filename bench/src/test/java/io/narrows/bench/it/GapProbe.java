package io.narrows.bench.it;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends a record to each partition in turn, all the time, and measures the longest time that a partition goes without an
 * acknowledgement. Has a thread of its own.
 */
final class GapProbe implements AutoCloseable {
    private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final String topic;
    private final KafkaProducer<String, String> producer;
    private final AtomicLongArray lastNanos;
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong acknowledged = new AtomicLong();
    private final Thread thread;
    private volatile boolean stopped;
    private volatile Exception failure;

    private GapProbe(String topic, int partitions, String bootstrap) {
        this.topic = topic;
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrap,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "probe",
                        ProducerConfig.LINGER_MS_CONFIG,
                        0),
                new StringSerializer(),
                new StringSerializer());
        this.lastNanos = new AtomicLongArray(partitions);
        this.thread = new Thread(this::run, "gap-probe");
    }

    static GapProbe start(String topic, int partitions, String bootstrap) {
        GapProbe probe = new GapProbe(topic, partitions, bootstrap);
        probe.thread.start();
        return probe;
    }

    private void run() {
        for (int number = 0; !stopped; number++) {
            int partition = number % lastNanos.length();
            var unused = producer.send(
                    new ProducerRecord<>(topic, partition, null, Integer.toString(number)),
                    (metadata, error) -> answered(partition, error));
            LockSupport.parkNanos(EVERY_NANOS);
        }
        producer.flush();
    }

    private void answered(int partition, Exception error) {
        long now = System.nanoTime();
        if (error != null) {
            failure = error;
            return;
        }
        acknowledged.incrementAndGet();
        long last = lastNanos.getAndSet(partition, now);
        if (last != 0) {
            longestNanos.accumulateAndGet(now - last, Math::max);
        }
    }

    /** Since the last call. A gap that has not ended yet counts as far as it goes. */
    Duration longestGap() {
        long now = System.nanoTime();
        long longest = longestNanos.getAndSet(0);
        for (int partition = 0; partition < lastNanos.length(); partition++) {
            long last = lastNanos.get(partition);
            longest = Math.max(longest, last == 0 ? 0 : now - last);
        }
        return Duration.ofNanos(longest);
    }

    /** Sends no more and returns how many records were acknowledged; throws when one failed. */
    long finish() throws Exception {
        stopped = true;
        thread.join(TimeUnit.MINUTES.toMillis(2));
        if (failure != null) {
            throw failure;
        }
        return acknowledged.get();
    }

    @Override
    public void close() {
        stopped = true;
        producer.close(Duration.ZERO);
    }
}
