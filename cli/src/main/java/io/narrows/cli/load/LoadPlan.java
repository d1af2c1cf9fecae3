package io.narrows.cli.load;

import io.narrows.cli.verify.Payload;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * What a run does: so many producers in every zone write to one topic at a rate for a time, one reader per zone (or one
 * group of readers per zone) reads.
 */
public record LoadPlan(
        String topic,
        int partitions,
        int runId,
        Rate rate,
        Duration duration,
        Shape shape,
        Producers producers,
        Readers readers) {

    /** The same load on another topic and for another time. */
    public LoadPlan on(String otherTopic, Duration otherDuration) {
        return new LoadPlan(otherTopic, partitions, runId, rate, otherDuration, shape, producers, readers);
    }

    /** The same load, read with these settings too. */
    public LoadPlan readWith(Map<String, String> settings) {
        Map<String, String> overrides = new HashMap<>(readers.overrides());
        overrides.putAll(settings);
        return new LoadPlan(
                topic, partitions, runId, rate, duration, shape, producers, new Readers(readers.fanOut(), overrides));
    }

    /** The size of a record's value and what its bytes look like. */
    public record Shape(int recordBytes, Payload payload) {}

    /** Producers of a zone; {@code overrides} are Kafka producer settings that win over all others. */
    public record Producers(
            int perZone,
            int batchBytes,
            int lingerMs,
            String compression,
            Guarantee guarantee,
            Map<String, String> overrides,
            Schedule schedule) {
        public Producers {
            overrides = Map.copyOf(overrides);
        }

        /** On a relaxed schedule. */
        public Producers(
                int perZone,
                int batchBytes,
                int lingerMs,
                String compression,
                Guarantee guarantee,
                Map<String, String> overrides) {
            this(perZone, batchBytes, lingerMs, compression, guarantee, overrides, Schedule.RELAXED);
        }
    }

    /** What a producer promises. */
    public enum Guarantee {
        /** No producer id: Kafka's acks=all without sequence numbers. */
        PLAIN,
        IDEMPOTENT,
        /** Transactions of about a tenth of a second, one in eight aborted; readers see committed records only. */
        TRANSACTIONAL
    }

    /**
     * Who reads; {@code overrides} are Kafka consumer settings that win over all others.
     *
     * @param groups so many times everything is read, when the zones share the partitions
     */
    public record Readers(FanOut fanOut, int groups, Map<String, String> overrides) {
        public Readers {
            overrides = Map.copyOf(overrides);
        }

        /** One group. */
        public Readers(FanOut fanOut, Map<String, String> overrides) {
            this(fanOut, 1, overrides);
        }
    }

    /** How often each record is read. */
    public enum FanOut {
        NONE,
        /** The zones share the partitions: each record is read once, in some zone. */
        SHARED,
        /** Every zone reads everything. */
        EVERY_ZONE
    }

    /**
     * How long producers wait for a batch to fill: a little longer than it takes at this rate, as long as that is below
     * 100 ms; otherwise no batch fills, and waiting is only latency. A shorter wait would not help on the way through an
     * object store: a client has five requests in flight, and five small ones leave it standing until they are answered.
     */
    public static int lingerFor(Rate rate, int recordBytes, int batchBytes, int producers) {
        double fillMs = 1000.0 * batchBytes / recordBytes / rate.recordsPerSecond(recordBytes, producers);
        return fillMs > 100 ? 5 : Math.max(5, (int) Math.ceil(fillMs * 1.2));
    }
}
