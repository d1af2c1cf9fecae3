package io.narrows.bench.cli;

import io.narrows.bench.policy.PolicyChart;
import io.narrows.bench.policy.PolicyReport;
import io.narrows.bench.policy.PolicySweep;
import io.narrows.bench.policy.Scenario;
import io.narrows.cli.ByteSize;
import io.narrows.cli.PricesOption;
import io.narrows.cli.load.Rate;
import io.narrows.relay.price.PriceBooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code narrows bench policy}. */
@Command(
        name = "policy",
        description =
                "Simulates the path policy over rates and over a day. Compares its cost with always direct, always"
                        + " staged, the best choice per window in hindsight, and stock Kafka.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  narrows bench policy",
            "  narrows bench policy --batch-size 16KiB --arrivals bursts --svg policy.svg",
            "  narrows bench policy --prices gcp --zones 2 --replication-factor 2 --reading-zones 1"
        })
final class PolicyCommand implements Callable<Integer> {
    private static final Duration DAY = Duration.ofMinutes(12);

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--rate",
            paramLabel = "RATE",
            defaultValue = "day:60MB/s",
            description = "The load of the last line, over 12 minutes (default ${DEFAULT-VALUE}).")
    private Rate rate = Rate.UNLIMITED;

    @Option(
            names = "--batch-size",
            paramLabel = "SIZE",
            defaultValue = "64KiB",
            description = "Size of a full batch. Batches that do not fill within --producer-linger are smaller (default"
                    + " ${DEFAULT-VALUE}).")
    private ByteSize batchSize = new ByteSize(64 << 10);

    @Option(
            names = "--producer-linger",
            paramLabel = "TIME",
            defaultValue = "20ms",
            description = "Producers' linger.ms (default ${DEFAULT-VALUE}).")
    private Duration producerLinger = Duration.ofMillis(20);

    @Option(
            names = "--arrivals",
            paramLabel = "KIND",
            defaultValue = "RANDOM",
            description = "regular, random or bursts of sixteen batches (default random).")
    private Scenario.Arrivals arrivals = Scenario.Arrivals.RANDOM;

    @Option(names = "--zones", paramLabel = "N", defaultValue = "3", description = "Default ${DEFAULT-VALUE}.")
    private int zones;

    @Option(
            names = "--brokers",
            paramLabel = "N",
            defaultValue = "1",
            description = "Brokers in each zone (default ${DEFAULT-VALUE}).")
    private int brokers;

    @Option(names = "--partitions", paramLabel = "N", defaultValue = "12", description = "Default ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(
            names = "--replication-factor",
            paramLabel = "N",
            defaultValue = "3",
            description = "Default ${DEFAULT-VALUE}.")
    private int replicationFactor;

    @Option(
            names = "--reading-zones",
            paramLabel = "N",
            defaultValue = "3",
            description = "Zones with consumers that read everything (default ${DEFAULT-VALUE}).")
    private int readingZones;

    @Option(
            names = "--flush-linger",
            paramLabel = "TIME",
            defaultValue = "110ms",
            description = "The proxies' wal.linger.ms (default ${DEFAULT-VALUE}).")
    private Duration flushLinger = Duration.ofMillis(110);

    @Mixin
    private final PricesOption prices = new PricesOption();

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Default ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--svg", paramLabel = "FILE", description = "Also write a chart of dollars per TB over the rate.")
    private @Nullable Path svg;

    @Override
    public Integer call() throws IOException {
        if (Double.isInfinite(rate.perSecond()) || rate.unit() != Rate.Unit.BYTES) {
            throw new IllegalArgumentException("--rate is in bytes here: write 60MB/s or day:60MB/s");
        }
        Scenario scenario = new Scenario(
                new Scenario.Cluster(zones, brokers, partitions, replicationFactor, readingZones),
                new Scenario.Load(rate.perSecond(), rate.curve(), DAY, batchSize.bytes(), producerLinger, arrivals),
                PriceBooks.load(prices.name()),
                flushLinger.toNanos(),
                seed);
        PolicySweep sweep = PolicySweep.run(scenario);
        new PolicyReport(spec.commandLine().getOut()).print(sweep);
        if (svg != null) {
            Files.writeString(svg, PolicyChart.svg(sweep));
        }
        return 0;
    }
}
