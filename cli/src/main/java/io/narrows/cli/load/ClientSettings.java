package io.narrows.cli.load;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The settings of the stock Kafka clients of a run. */
final class ClientSettings {
    private ClientSettings() {}

    static Map<String, Object> producer(LoadPlan plan, int index, ZoneEndpoints endpoints) {
        LoadPlan.Producers producers = plan.producers();
        Map<String, Object> settings = new HashMap<>();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, endpoints.produceBootstrap());
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "producer-" + endpoints.zone() + "-" + index);
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, producers.batchBytes());
        settings.put(ProducerConfig.LINGER_MS_CONFIG, producers.lingerMs());
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, producers.compression());
        // Holds a few seconds at most: where the cluster is the bottleneck, more would only be a queue.
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 24L << 20);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 8 << 20);
        settings.put(ProducerConfig.SEND_BUFFER_CONFIG, 1 << 20);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 120_000);
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, producers.guarantee() != LoadPlan.Guarantee.PLAIN);
        if (producers.guarantee() == LoadPlan.Guarantee.PLAIN) {
            settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
        }
        if (producers.guarantee() == LoadPlan.Guarantee.TRANSACTIONAL) {
            settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, plan.topic() + "-" + index);
        }
        settings.putAll(producers.overrides());
        return settings;
    }

    static Map<String, Object> consumer(LoadPlan plan, ZoneEndpoints endpoints) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, endpoints.consumeBootstrap());
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "consumer-" + endpoints.zone());
        settings.put(ConsumerConfig.CLIENT_RACK_CONFIG, endpoints.zone());
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 << 20);
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
        settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1 << 20);
        settings.put(
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                plan.producers().guarantee() == LoadPlan.Guarantee.TRANSACTIONAL
                        ? "read_committed"
                        : "read_uncommitted");
        settings.putAll(plan.readers().overrides());
        return settings;
    }
}
