package io.narrows.cli;

import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.Rate;
import io.narrows.cli.load.Schedule;
import io.narrows.cli.verify.Payload;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options that say what to produce and to read, shared by commands that run a load. */
public final class LoadOptions {
    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "20s",
            description = "How long to produce, for example 20s, 2m or 500ms (default ${DEFAULT-VALUE}).")
    private Duration duration = Duration.ofSeconds(20);

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            defaultValue = "15MB/s",
            description =
                    "Rate of all producers together: 30 or 30MB/s, 500KB/s, 100r/s (records), max, or day:30MB/s for a"
                            + " day with that peak, compressed into the run (default ${DEFAULT-VALUE}).")
    private Rate rate = Rate.UNLIMITED;

    @Option(
            names = "--record-size",
            paramLabel = "SIZE",
            defaultValue = "4KiB",
            description = "Size of a record's value, for example 100, 4KiB, 1MiB (default ${DEFAULT-VALUE}).")
    private ByteSize recordSize = new ByteSize(4096);

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "12",
            description = "Partitions of the topic (default ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(
            names = "--batch-size",
            paramLabel = "SIZE",
            defaultValue = "128KiB",
            description = "Producer's batch.size (default ${DEFAULT-VALUE}).")
    private ByteSize batchSize = new ByteSize(128 << 10);

    @Option(
            names = "--linger",
            paramLabel = "MS",
            defaultValue = "-1",
            description =
                    "Producer's linger.ms (default: the time to fill a batch at this rate, or 5 if that is more than"
                            + " 100).")
    private int lingerMs;

    @Option(
            names = "--producers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Producers in each zone (default ${DEFAULT-VALUE}).")
    private int producers;

    @Option(
            names = "--compression",
            paramLabel = "CODEC",
            defaultValue = "none",
            description = "none, gzip, snappy, lz4 or zstd (default ${DEFAULT-VALUE}).")
    private String compression = "none";

    @Option(
            names = "--payload",
            paramLabel = "KIND",
            defaultValue = "RANDOM",
            description = "random (incompressible) or text (compressible) (default random).")
    private Payload payload = Payload.RANDOM;

    @Option(
            names = "--transactions",
            description = "Produce in transactions, one in eight aborted; readers see committed records only.")
    private boolean transactions;

    @Option(names = "--plain", description = "Produce without idempotence.")
    private boolean plain;

    @Option(
            names = "--read",
            paramLabel = "WHO",
            defaultValue = "SHARED",
            description = "shared: the zones' consumers share the partitions; every_zone: each reads everything;"
                    + " none (default shared).")
    private FanOut fanOut = FanOut.SHARED;

    @Option(
            names = "--producer-config",
            paramLabel = "KEY=VALUE",
            description = "A Kafka producer setting that overrides all others; repeatable.")
    private Map<String, String> producerConfig = new HashMap<>();

    @Option(
            names = "--consumer-config",
            paramLabel = "KEY=VALUE",
            description = "A Kafka consumer setting that overrides all others; repeatable.")
    private Map<String, String> consumerConfig = new HashMap<>();

    @Option(
            names = "--groups",
            paramLabel = "N",
            defaultValue = "1",
            description = "With --read shared: number of consumer groups; each reads everything once"
                    + " (default ${DEFAULT-VALUE}).")
    private int groups;

    @Option(
            names = "--schedule",
            paramLabel = "KIND",
            defaultValue = "RELAXED",
            description =
                    "relaxed: a delayed producer catches up a little; strict: it catches up fully, and latency is measured"
                            + " from the time when a record was due (default relaxed).")
    private Schedule schedule = Schedule.RELAXED;

    public LoadPlan plan(String topic, int zones, int runId) {
        if (partitions < 1 || partitions > 10_000 || producers < 1 || producers > 1_000) {
            throw new IllegalArgumentException("--partitions must be 1 to 10000 and --producers 1 to 1000");
        }
        if (groups < 1 || groups > 100) {
            throw new IllegalArgumentException("--groups must be 1 to 100");
        }
        int recordBytes = recordSize.bytes();
        int batchBytes = batchSize.bytes();
        int linger = lingerMs >= 0 ? lingerMs : LoadPlan.lingerFor(rate, recordBytes, batchBytes, zones * producers);
        Guarantee guarantee = transactions ? Guarantee.TRANSACTIONAL : plain ? Guarantee.PLAIN : Guarantee.IDEMPOTENT;
        return new LoadPlan(
                topic,
                partitions,
                runId,
                rate,
                duration,
                new LoadPlan.Shape(recordBytes, payload),
                new LoadPlan.Producers(producers, batchBytes, linger, compression, guarantee, producerConfig, schedule),
                new LoadPlan.Readers(fanOut, groups, consumerConfig));
    }
}
