package io.narrows.bench.it;

import io.narrows.cli.cluster.Ready;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The only member of a consumer group: subscribes, commits, and counts the distinct values it reads. */
final class GroupReader implements AutoCloseable {
    private final Set<String> values = ConcurrentHashMap.newKeySet();
    private final KafkaConsumer<String, String> consumer;
    private final Thread thread;
    private volatile boolean stopped;

    private GroupReader(String topic, String group, String protocol, String bootstrap) {
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
                        ConsumerConfig.GROUP_ID_CONFIG, group,
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG, protocol,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
                new StringDeserializer(),
                new StringDeserializer());
        consumer.subscribe(List.of(topic));
        this.thread = new Thread(this::run, "group-" + group);
    }

    static GroupReader start(String topic, String group, String protocol, String bootstrap) {
        GroupReader reader = new GroupReader(topic, group, protocol, bootstrap);
        reader.thread.start();
        return reader;
    }

    private void run() {
        try (consumer) {
            while (!stopped) {
                Set<String> read = new HashSet<>();
                consumer.poll(Duration.ofMillis(200)).forEach(record -> read.add(record.value()));
                values.addAll(read);
            }
        }
    }

    /** How many distinct values were read when they were as many as expected, or the time was over. */
    long awaitRecords(long expected, Duration atMost) throws InterruptedException {
        boolean unused = Ready.await(atMost, () -> values.size() >= expected);
        return values.size();
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        thread.join(10_000);
    }
}
