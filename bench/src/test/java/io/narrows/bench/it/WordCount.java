package io.narrows.bench.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/** A word count of Kafka Streams, exactly once, with a state store and a repartition topic. Used by one thread. */
final class WordCount implements AutoCloseable {
    private static final List<String> WORDS = List.of("ebb", "flow", "narrows", "tide", "strait", "ebb", "tide");
    private static final int LINES = 500;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final String bootstrap;
    private final String readerBootstrap;
    private final Path state;
    private KafkaStreams streams;

    /** What is counted comes and is read by way of the reader's proxy; the application itself uses the other. */
    WordCount(String bootstrap, String readerBootstrap, Path state) {
        this.bootstrap = bootstrap;
        this.readerBootstrap = readerBootstrap;
        this.state = state;
    }

    Map<String, Long> expected() {
        Map<String, Long> counts = new TreeMap<>();
        for (int i = 0; i < LINES; i++) {
            for (String word : line(i).split(" ")) {
                counts.merge(word, 1L, Long::sum);
            }
        }
        return counts;
    }

    private static String line(int i) {
        return WORDS.get(i % WORDS.size()) + " " + WORDS.get((i / 2) % WORDS.size()) + " word" + i % 10;
    }

    /** The last count of each word, once all are there or the time is over. */
    Map<String, Long> run(String groupProtocol, String input, String output) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()))
                .flatMapValues(line -> List.of(line.toLowerCase(Locale.ROOT).split(" ")))
                .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
                .count(Materialized.as("counts"))
                .toStream()
                .to(output, Produced.with(Serdes.String(), Serdes.Long()));
        streams = new KafkaStreams(builder.build(), settings(groupProtocol));
        streams.start();
        produce(input);
        return read(output);
    }

    private Properties settings(String groupProtocol) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "word-count-" + groupProtocol);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, groupProtocol);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 3);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        return settings;
    }

    private void produce(String input) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, readerBootstrap),
                new StringSerializer(),
                new StringSerializer())) {
            for (int i = 0; i < LINES; i++) {
                var unused = producer.send(new ProducerRecord<>(input, i % 3, null, line(i)));
            }
        }
    }

    private Map<String, Long> read(String output) {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                readerBootstrap,
                ConsumerConfig.GROUP_ID_CONFIG,
                "reader-of-" + output,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                "earliest",
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed");
        Map<String, Long> expected = expected();
        Map<String, Long> counts = new HashMap<>();
        long end = System.nanoTime() + LIMIT.toNanos();
        try (KafkaConsumer<String, Long> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new LongDeserializer())) {
            consumer.subscribe(List.of(output));
            while (!counts.equals(expected) && System.nanoTime() - end < 0) {
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(200))) {
                    counts.put(record.key(), record.value());
                }
            }
        }
        return new TreeMap<>(counts);
    }

    @Override
    public void close() {
        if (streams != null) {
            boolean unused = streams.close(Duration.ofSeconds(10));
        }
    }
}
