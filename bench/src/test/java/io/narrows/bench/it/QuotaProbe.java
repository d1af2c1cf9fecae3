package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Clients that are throttled, and what they and others see of it. Used by one thread. */
final class QuotaProbe implements AutoCloseable {
    private static final int CALLS = 25;
    private static final int FIRST_CALLS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final String bootstrap;
    private final String clientId;
    private final Admin beside;

    QuotaProbe(String bootstrap, String clientId) {
        this.bootstrap = bootstrap;
        this.clientId = clientId;
        this.beside = Admin.create(settings("beside"));
    }

    private Map<String, Object> settings(String id) {
        return Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap, CommonClientConfigs.CLIENT_ID_CONFIG, id);
    }

    /** The longest throttle time that a producer was told while it sent. */
    double produceThrottledMs(String topic, int records, int bytes) throws InterruptedException, ExecutionException {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings(clientId), new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < records; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, new byte[bytes])));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
            return metric(producer.metrics(), "produce-throttle-time-max");
        }
    }

    /** The longest throttle time that a consumer was told while it read everything. */
    double fetchThrottledMs(String topic, int records) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings(clientId), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = List.of(new TopicPartition(topic, 0));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = System.nanoTime() + LIMIT.toNanos();
            int read = 0;
            while (read < records && System.nanoTime() - end < 0) {
                read += consumer.poll(Duration.ofMillis(200)).count();
            }
            assertThat(read).isEqualTo(records);
            return metric(consumer.metrics(), "fetch-throttle-time-max");
        }
    }

    /** The longest time that another client's metadata took while this one asks more than it may. */
    long slowestBesideAThrottledClientMs(String busyId) throws InterruptedException, ExecutionException {
        long slowestNanos = 0;
        Admin busy = Admin.create(settings(busyId));
        try {
            // The first throttled answers mute what is shared; after them the client has connections of its own.
            for (KafkaFuture<?> each : start(busy, FIRST_CALLS)) {
                Object unused = each.get();
            }
            List<KafkaFuture<?>> unanswered = start(busy, CALLS);
            for (int i = 0; i < CALLS; i++) {
                long began = System.nanoTime();
                beside.listTopics().names().get();
                slowestNanos = Math.max(slowestNanos, System.nanoTime() - began);
            }
            assertThat(unanswered).as("throttled").anyMatch(each -> !each.isDone());
        } finally {
            busy.close(Duration.ZERO);
        }
        return Duration.ofNanos(slowestNanos).toMillis();
    }

    private static List<KafkaFuture<?>> start(Admin admin, int calls) {
        List<KafkaFuture<?>> asked = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            asked.add(admin.listTopics().names());
        }
        return asked;
    }

    private static double metric(Map<MetricName, ? extends Metric> metrics, String name) {
        return metrics.values().stream()
                .filter(metric -> metric.metricName().name().equals(name)
                        && !metric.metricName().tags().containsKey("node-id"))
                .mapToDouble(metric -> (double) metric.metricValue())
                .max()
                .orElse(0);
    }

    @Override
    public void close() {
        beside.close();
    }
}
