package io.narrows.bench.fairness;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.bench.fairness.FairnessResult.Figures;
import io.narrows.bench.fairness.SmallClient.Felt;
import io.narrows.bench.passthrough.Way;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.cluster.ZoneLayout;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadPlan.Producers;
import io.narrows.cli.load.LoadPlan.Readers;
import io.narrows.cli.load.LoadPlan.Shape;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.Rate;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.cli.verify.Payload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A small producer, its reader, and a client that fetches single old records, in a process of their own: alone, then
 * beside clients that go as fast as they can. All of them know one proxy only; then, all of them go to the brokers. Used
 * by one thread, which blocks.
 */
public final class FairnessBench {
    private static final int PARTITIONS = SmallClient.PARTITIONS;
    private static final String BIG = "big";
    private static final String SMALL = "small";
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration BEFORE = Duration.ofSeconds(3);
    private static final Duration READERS = Duration.ofMinutes(2);

    private final FairnessPlan plan;
    private int runs;

    public FairnessBench(FairnessPlan plan) {
        this.plan = plan;
    }

    public FairnessResult run(Path directory, ClusterOptions options) throws IOException, InterruptedException {
        try (ProcessCluster cluster = ProcessCluster.start(directory, options, Jvms.small(directory.resolve("logs")))) {
            createTopics(cluster.layout().brokerBootstrap(0));
            List<Figures> figures = new ArrayList<>();
            for (Way way : plan.ways()) {
                ZoneEndpoints endpoints = endpoints(cluster.layout(), way);
                try (SmallProcess small =
                        SmallProcess.start("small-" + lower(way), endpoints, plan.rate(), directory.resolve("logs"))) {
                    Felt unused = small.write(old(way), WARM_UP);
                    for (Neighbours neighbours : Neighbours.values()) {
                        figures.add(measure(way, neighbours, endpoints, small));
                    }
                }
            }
            return new FairnessResult((int) plan.each().toSeconds(), plan.rate().toString(), plan.big(), figures);
        }
    }

    private static ZoneEndpoints endpoints(ZoneLayout layout, Way way) {
        String bootstrap = way == Way.PROXY ? layout.proxyAddress(0) : layout.brokerBootstrap(0);
        return new ZoneEndpoints(layout.zones().get(0), bootstrap, bootstrap);
    }

    private static void createTopics(String bootstrap) {
        try (TestTopics topics = new TestTopics(bootstrap)) {
            for (Way way : Way.values()) {
                topics.create(old(way), PARTITIONS, Map.of());
                for (Neighbours neighbours : Neighbours.values()) {
                    topics.create(topic(SMALL, way, neighbours), PARTITIONS, Map.of());
                    topics.create(topic(BIG, way, neighbours), PARTITIONS, Map.of());
                }
            }
        }
    }

    private static String topic(String client, Way way, Neighbours neighbours) {
        return client + "-" + lower(way) + "-" + lower(neighbours);
    }

    private static String old(Way way) {
        return "old-" + lower(way);
    }

    private static String lower(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }

    private Figures measure(Way way, Neighbours neighbours, ZoneEndpoints endpoints, SmallProcess small)
            throws InterruptedException {
        LoadRun writing = null;
        if (neighbours.produce()) {
            writing = LoadRun.start(saturating(topic(BIG, way, neighbours)), List.of(endpoints));
            boolean unused = writing.awaitProducers(BEFORE);
        }
        BigReaders reading = BigReaders.start(
                neighbours.read() ? plan.big() : 0, endpoints, partitions(topic(BIG, way, Neighbours.PRODUCERS)));
        long read = reading.bytes();
        Felt felt = small.watch(topic(SMALL, way, neighbours), plan.each(), old(way));
        double readRate = (reading.bytes() - read) / 1e6 / felt.seconds();
        reading.stop();
        return new Figures(
                way,
                neighbours,
                felt.acknowledged(),
                felt.fetched(),
                felt.read(),
                end(writing),
                readRate,
                felt.exact());
    }

    /** Megabytes a second that it wrote. */
    private static double end(@Nullable LoadRun writing) throws InterruptedException {
        if (writing == null) {
            return 0;
        }
        writing.stopProducing();
        LoadResult result = writing.finish(READERS);
        return result.totals().bytes() / 1e6 / (result.elapsed().toMillis() / 1e3);
    }

    private static List<TopicPartition> partitions(String topic) {
        return IntStream.range(0, PARTITIONS)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    private LoadPlan saturating(String topic) {
        return new LoadPlan(
                topic,
                PARTITIONS,
                ++runs,
                Rate.UNLIMITED,
                Duration.ofMinutes(10),
                new Shape(8192, Payload.TEXT),
                new Producers(plan.big(), 256 << 10, 5, "none", Guarantee.IDEMPOTENT, Map.of("client.id", BIG)),
                new Readers(FanOut.NONE, Map.of()));
    }
}
