package io.narrows.bench.restarts;

import io.narrows.bench.cluster.JavaProcess;
import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.cli.cluster.Answers;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadPlan.Producers;
import io.narrows.cli.load.LoadPlan.Readers;
import io.narrows.cli.load.LoadPlan.Shape;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.Rate;
import io.narrows.cli.verify.Payload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Many partitions on three brokers: creates them, asks for their metadata, runs a load over all, takes a leader away,
 * restarts one broker and then all, and prints times, file handles and memory of the brokers after each step. Clients
 * wait at a proxy and at a broker in turn. Used by one thread; does not own the cluster.
 */
public final class ScaleTest {
    private static final String TOPIC = "many";
    /** Partitions of one request; Kafka's controller refuses more than 10,000 records for one. */
    private static final int CREATED_TOGETHER = 5_000;

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** A step over tens of thousands of partitions on a small machine. */
    private static final Duration STEP = Duration.ofMinutes(15);

    private final ProcessCluster cluster;
    private final PrintWriter out;

    public ScaleTest(ProcessCluster cluster, PrintWriter out) {
        this.cluster = cluster;
        this.out = out;
    }

    /** What to create, and the load over it; with one replica nothing is taken away. */
    public record Plan(int partitions, int replicas, Rate rate, Duration duration) {}

    /** True if the load lost, doubled or changed nothing. */
    public boolean run(Plan wanted) throws IOException, InterruptedException {
        int partitions = wanted.partitions();
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers",
                cluster.layout().brokerBootstrap(0),
                "default.api.timeout.ms",
                String.valueOf(STEP.toMillis())))) {
            print("started, no partitions", Duration.ZERO);
            long start = Restarts.nanos();
            create(admin, partitions, wanted.replicas());
            Restarts.awaitInSync(admin, List.of(TOPIC), STEP);
            print(partitions + " partitions created, in sync for the controller", since(start));
            // Brokers open their logs after that.
            await(admin.listOffsets(ends(partitions)).all());
            print("every leader answers", since(start));
            metadata(partitions);
            LoadResult result = LoadRun.start(plan(wanted), cluster.endpoints()).finish(PATIENCE);
            print(
                    String.format(
                            Locale.ROOT,
                            "load: %,d records, p50 %.0f ms, p99 %.0f ms, %s",
                            result.totals().acknowledged(),
                            result.p50Ms(),
                            result.p99Ms(),
                            result.isClean() ? "all right" : result.verdict()),
                    result.elapsed());
            if (wanted.replicas() == 1) {
                return result.isClean();
            }
            leaderLoss(admin, "proxy", cluster.layout().proxyAddress(0), partitions);
            leaderLoss(admin, "broker", cluster.layout().brokerBootstrap(0), partitions);
            start = Restarts.nanos();
            int unused = cluster.broker(2).stop(PATIENCE.toSeconds());
            print("one broker stopped (SIGTERM)", since(start));
            start = Restarts.nanos();
            cluster.restartBroker(2);
            Restarts.awaitInSync(admin, List.of(TOPIC), STEP);
            print("it is started again, in sync", since(start));
            start = Restarts.nanos();
            for (int zone = 0; zone < 3; zone++) {
                cluster.broker(zone).kill();
            }
            cluster.restartBrokers();
            Restarts.awaitInSync(admin, List.of(TOPIC), STEP);
            print("all killed and started again, in sync", since(start));
            return result.isClean();
        }
    }

    private static void create(Admin admin, int partitions, int replicas) {
        int created = Math.min(partitions, CREATED_TOGETHER);
        NewTopic topic = new NewTopic(TOPIC, created, (short) replicas)
                .configs(Map.of("min.insync.replicas", replicas > 1 ? "2" : "1"));
        await(admin.createTopics(List.of(topic)).all());
        while (created < partitions) {
            created = Math.min(partitions, created + CREATED_TOGETHER);
            await(admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(created)))
                    .all());
        }
    }

    private void metadata(int partitions) throws IOException {
        try (ManyPartitions atProxy = new ManyPartitions(cluster.layout().proxyAddress(0), TOPIC, partitions);
                ManyPartitions atBroker = new ManyPartitions(cluster.layout().brokerBootstrap(0), TOPIC, partitions)) {
            Duration direct = atBroker.metadata();
            Duration proxied = atProxy.metadata();
            print(
                    String.format(
                            Locale.ROOT,
                            "metadata of all partitions: median %.1f ms at a broker, %.1f ms at a proxy",
                            direct.toNanos() / 1e6,
                            proxied.toNanos() / 1e6),
                    proxied);
        }
    }

    /** A broker is killed, and a record goes to each partition. Before it was, each had its leader back. */
    private void leaderLoss(Admin admin, String at, String bootstrap, int partitions)
            throws IOException, InterruptedException {
        await(admin.electLeaders(ElectionType.PREFERRED, null).partitions());
        try (ManyPartitions client = new ManyPartitions(bootstrap, TOPIC, partitions)) {
            Duration calm = client.recordToEach();
            cluster.broker(2).kill();
            Duration lost = client.recordToEach();
            print(
                    String.format(
                            Locale.ROOT,
                            "a record to each partition at a %s: %.1f s, and when a broker was killed",
                            at,
                            calm.toMillis() / 1e3),
                    lost);
        }
        cluster.restartBroker(2);
        Restarts.awaitInSync(admin, List.of(TOPIC), STEP);
    }

    private static LoadPlan plan(Plan wanted) {
        return new LoadPlan(
                TOPIC,
                wanted.partitions(),
                1,
                wanted.rate(),
                wanted.duration(),
                new Shape(1000, Payload.TEXT),
                new Producers(1, 64 << 10, 50, "none", Guarantee.IDEMPOTENT, Map.of()),
                new Readers(FanOut.SHARED, Map.of()));
    }

    private static Map<TopicPartition, OffsetSpec> ends(int partitions) {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(TOPIC, partition))
                .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
    }

    private static <T> T await(KafkaFuture<T> future) {
        return Answers.await(future, STEP, "");
    }

    private static Duration since(long start) {
        return Duration.ofNanos(Restarts.nanos() - start);
    }

    private void print(String step, Duration took) throws IOException {
        StringBuilder line =
                new StringBuilder(String.format(Locale.ROOT, "%-75s %6.1f s ", step, took.toMillis() / 1e3));
        for (int zone = 0; zone < 3; zone++) {
            JavaProcess broker = cluster.broker(zone);
            if (broker.isAlive()) {
                line.append(String.format(
                        Locale.ROOT, "  %,d handles %,d MiB", handles(broker.pid()), residentKib(broker.pid()) >> 10));
            }
        }
        out.println(line);
        out.flush();
    }

    private static long handles(long pid) throws IOException {
        try (Stream<Path> handles = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return handles.count();
        }
    }

    private static long residentKib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElse(0);
    }
}
