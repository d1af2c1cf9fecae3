package io.narrows.cli.load;

import io.narrows.cli.verify.DeliveryCheck;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * One rack-aware consumer: reads its partitions from the start, hands every record to the check, and ends when the
 * producers have ended and it has reached the end of the log. Runs on its own thread and owns its
 * {@link KafkaConsumer}.
 */
final class ReaderTask implements Runnable {
    private static final Duration POLL = Duration.ofMillis(200);

    private final RunState state;
    private final DeliveryCheck check;
    private final String zone;
    private final List<TopicPartition> partitions;
    private final Map<String, Object> settings;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private volatile boolean stopped;
    private @Nullable Map<TopicPartition, Long> ends;

    ReaderTask(
            LoadPlan plan,
            RunState state,
            DeliveryCheck check,
            ZoneEndpoints endpoints,
            List<TopicPartition> partitions) {
        this.state = state;
        this.check = check;
        this.zone = endpoints.zone();
        this.partitions = List.copyOf(partitions);
        this.settings = ClientSettings.consumer(plan, endpoints);
        this.consumer = new KafkaConsumer<>(settings);
    }

    /** Stops before the end of the log. */
    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        try (consumer) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (!stopped && !isAtEnd()) {
                poll();
            }
            state.traffic(ClientTraffic.of(ClientTraffic.Role.CONSUMER, zone, consumer.metrics()));
        } catch (InterruptException e) {
            state.errors().add("consumer", e);
        }
    }

    private void poll() {
        try {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            long nowMs = Pace.wallClockMs();
            for (ConsumerRecord<byte[], byte[]> record : records) {
                check.observe(record.partition(), record.offset(), record.value());
                state.read(nowMs - record.timestamp());
            }
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            state.errors().add("consumer", e);
        }
    }

    /**
     * Where the log ends, transactions or not. The end for committed reads would be too early: a commit returns before
     * its markers are in the partitions.
     */
    private Map<TopicPartition, Long> highWatermarks() {
        Map<String, Object> uncommitted = new HashMap<>(settings);
        uncommitted.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
        uncommitted.put(ConsumerConfig.CLIENT_ID_CONFIG, "ends-" + zone);
        try (KafkaConsumer<byte[], byte[]> asking = new KafkaConsumer<>(uncommitted)) {
            return asking.endOffsets(partitions);
        }
    }

    private boolean isAtEnd() {
        if (!state.producersEndedEverywhere()) {
            return false;
        }
        try {
            if (ends == null) {
                ends = highWatermarks();
            }
            for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
                if (consumer.position(end.getKey(), POLL) < end.getValue()) {
                    return false;
                }
            }
            return true;
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            state.errors().add("consumer", e);
            return false;
        }
    }
}
