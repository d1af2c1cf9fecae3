package io.narrows.bench.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Produces through a proxy and reads back in a group. Loaded once more by an isolated class loader beside an old
 * client library, so it uses only what has been in every client since 2.0.
 */
public final class OldClientProbe implements Callable<String> {
    private static final int RECORDS = 500;
    private static final int MAX_POLLS = 200;

    private final Map<String, Object> producerSettings = new HashMap<>();
    private final String consumeBootstrap;
    private final String topic;

    public OldClientProbe(String produceBootstrap, String consumeBootstrap, String topic, String compression) {
        this.consumeBootstrap = consumeBootstrap;
        this.topic = topic;
        producerSettings.put("bootstrap.servers", produceBootstrap);
        producerSettings.put("key.serializer", ByteArraySerializer.class);
        producerSettings.put("value.serializer", ByteArraySerializer.class);
        producerSettings.put("enable.idempotence", true);
        producerSettings.put("acks", "all");
        producerSettings.put("compression.type", compression);
        producerSettings.put("batch.size", 65536);
        producerSettings.put("linger.ms", 20);
    }

    /** What was wrong; empty when all is well. */
    @Override
    public String call() throws Exception {
        List<Future<?>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producerSettings)) {
            for (int i = 0; i < RECORDS; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 0, null, value(i))));
            }
            for (Future<?> future : sent) {
                future.get(60, TimeUnit.SECONDS);
            }
        }
        return readBack();
    }

    /** One member reads half and commits; the next one goes on from there. */
    private String readBack() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", consumeBootstrap);
        settings.put("key.deserializer", ByteArrayDeserializer.class);
        settings.put("value.deserializer", ByteArrayDeserializer.class);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        settings.put("max.poll.records", 50);
        settings.put("group.id", "readers-of-" + topic);
        settings.put("client.rack", "c");
        int half = read(settings, 0, RECORDS / 2);
        int all = half < RECORDS / 2 ? half : read(settings, half, RECORDS);
        return all == RECORDS ? "" : "read " + all + " of " + RECORDS + " records, or another one than the next";
    }

    /** How far it came: to the end at least, or as far as the records were the next ones. */
    private int read(Map<String, Object> settings, int from, int end) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(Collections.singletonList(topic));
            int next = from;
            for (int polls = 0; polls < MAX_POLLS && next < end; polls++) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    if (!Arrays.equals(record.value(), value(next))) {
                        return next;
                    }
                    next++;
                }
                consumer.commitSync();
            }
            return next;
        }
    }

    private static byte[] value(int index) {
        byte[] value = new byte[2000];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) (index * 31 + i / 7);
        }
        return value;
    }
}
