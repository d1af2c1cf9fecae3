package io.narrows.bench.restarts;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.cli.cluster.Answers;
import io.narrows.cli.cluster.Ready;
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
import io.narrows.relay.SuppressForbidden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Runs {@link RestartCase}s one after another on a cluster of processes, each with topics of its own: a load whose records
 * are all checked, and {@link AckGaps} with a proxy and without. Used by one thread, which blocks; does not own the cluster.
 */
public final class Restarts {
    private static final int PARTITIONS = 12;
    private static final int RECORD_BYTES = 4096;
    private static final long STOP_SECONDS = 60;
    private static final Duration WARM = Duration.ofSeconds(3);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** The broker that is restarted, and the one that gets replicas in {@link RestartCase#MOVE}. */
    private static final int ZONE = 2;

    private final ProcessCluster cluster;
    private final Path directory;
    private final Rate rate;
    private final Duration duration;
    private int runs;

    /** {@code directory} is the cluster's. */
    public Restarts(ProcessCluster cluster, Path directory, Rate rate, Duration duration) {
        this.cluster = cluster;
        this.directory = directory;
        this.rate = rate;
        this.duration = duration;
    }

    public CaseResult run(RestartCase restart) throws IOException, InterruptedException {
        runs++;
        String topic = "restart-" + runs;
        String probe = "probe-" + runs;
        String bootstrap = cluster.layout().brokerBootstrap(0);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            create(admin, restart, List.of(topic, probe));
            LoadRun load = LoadRun.start(plan(topic), cluster.endpoints());
            try (AckGaps gaps = new AckGaps(cluster.layout().proxyAddress(0), probe, PARTITIONS);
                    AckGaps direct = new AckGaps(bootstrap, probe, PARTITIONS)) {
                boolean unused = load.awaitProducers(WARM);
                gaps.reset();
                direct.reset();
                long start = nanos();
                act(restart, admin, List.of(topic, probe));
                awaitInSync(admin, List.of(topic, probe));
                Duration inSync = Duration.ofNanos(nanos() - start);
                LoadResult result = load.finish(PATIENCE);
                return new CaseResult(
                        restart,
                        new CaseResult.Records(
                                result.totals().acknowledged(), result.totals().uncertain()),
                        result.verdict(),
                        result.complete(),
                        new CaseResult.Gaps(gaps.longest()),
                        new CaseResult.Gaps(direct.longest()),
                        inSync,
                        new CaseResult.Copied(result.totals().bytes(), diskBytes(restart, topic)));
            }
        }
    }

    private LoadPlan plan(String topic) {
        return new LoadPlan(
                topic,
                PARTITIONS,
                runs,
                rate,
                duration,
                new Shape(RECORD_BYTES, Payload.TEXT),
                new Producers(1, 64 << 10, 10, "none", Guarantee.IDEMPOTENT, Map.of()),
                new Readers(FanOut.SHARED, Map.of()));
    }

    private void create(Admin admin, RestartCase restart, List<String> topics) throws InterruptedException {
        List<Integer> brokers = replicas(restart);
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            int first = partition;
            assignment.put(
                    partition,
                    IntStream.range(0, brokers.size())
                            .mapToObj(i -> brokers.get((first + i) % brokers.size()))
                            .toList());
        }
        await(admin.createTopics(topics.stream()
                        .map(topic -> new NewTopic(topic, assignment)
                                .configs(Map.of("min.insync.replicas", restart == RestartCase.MOVE ? "1" : "2")))
                        .toList())
                .all());
        awaitInSync(admin, topics);
    }

    private List<Integer> replicas(RestartCase restart) {
        return IntStream.range(0, restart == RestartCase.MOVE ? 2 : 3)
                .mapToObj(zone -> cluster.layout().brokerId(zone))
                .toList();
    }

    private void act(RestartCase restart, Admin admin, List<String> topics) throws IOException, InterruptedException {
        switch (restart) {
            case CLEAN_RESTART -> {
                int unused = cluster.broker(ZONE).stop(STOP_SECONDS);
                cluster.restartBroker(ZONE);
            }
            case SIGKILL -> {
                cluster.broker(ZONE).kill();
                cluster.restartBroker(ZONE);
            }
            case LOST_DISK -> {
                cluster.broker(ZONE).kill();
                delete(disk(ZONE));
                cluster.restartBroker(ZONE);
            }
            case ALL_DOWN -> {
                for (int zone = 0; zone < 3; zone++) {
                    cluster.broker(zone).kill();
                }
                cluster.restartBrokers();
            }
            case MOVE -> move(admin, topics);
            case ROLLING -> {
                for (int zone = 0; zone < 3; zone++) {
                    int unused = cluster.broker(zone).stop(STOP_SECONDS);
                    cluster.restartBroker(zone);
                    awaitInSync(admin, topics);
                }
            }
        }
    }

    /** From the broker of zone 1 to that of zone 2; those of zone 0 stay. */
    private void move(Admin admin, List<String> topics) throws InterruptedException {
        int stays = cluster.layout().brokerId(0);
        int comes = cluster.layout().brokerId(ZONE);
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        for (String topic : topics) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                List<Integer> order = partition % 2 == 0 ? List.of(stays, comes) : List.of(comes, stays);
                moves.put(new TopicPartition(topic, partition), Optional.of(new NewPartitionReassignment(order)));
            }
        }
        await(admin.alterPartitionReassignments(moves).all());
        boolean moved = Ready.await(
                PATIENCE,
                () -> await(admin.listPartitionReassignments().reassignments()).isEmpty());
        if (!moved) {
            throw new IllegalStateException("replicas did not move within " + PATIENCE);
        }
    }

    static void awaitInSync(Admin admin, Collection<String> topics) throws InterruptedException {
        awaitInSync(admin, topics, PATIENCE);
    }

    /** Waits until each partition of the topics has a leader and all its replicas in sync. */
    static void awaitInSync(Admin admin, Collection<String> topics, Duration timeout) throws InterruptedException {
        boolean inSync = Ready.await(timeout, () -> {
            try {
                return await(admin.describeTopics(topics).allTopicNames()).values().stream()
                        .map(TopicDescription::partitions)
                        .flatMap(List::stream)
                        .allMatch(partition ->
                                partition.isr().size() == partition.replicas().size()
                                        && partition.leader() != null
                                        && !partition.leader().isEmpty());
            } catch (IllegalStateException e) {
                return false;
            }
        });
        if (!inSync) {
            throw new IllegalStateException("replicas were not in sync within " + timeout);
        }
    }

    private long diskBytes(RestartCase restart, String topic) throws IOException {
        if (restart != RestartCase.LOST_DISK && restart != RestartCase.MOVE) {
            return -1;
        }
        try (Stream<Path> files = Files.walk(disk(ZONE))) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .filter(file -> file.toString().contains("/" + topic + "-"))
                    .mapToLong(Restarts::size)
                    .sum();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path disk(int zone) {
        return directory.resolve("node-" + cluster.layout().brokerId(zone));
    }

    private static void delete(Path tree) throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(tree)) {
            files.sorted(Comparator.reverseOrder()).forEach(all::add);
        }
        for (Path each : all) {
            Files.delete(each);
        }
    }

    static <T> T await(KafkaFuture<T> future) {
        return Answers.await(future, PATIENCE, "");
    }

    @SuppressForbidden("a benchmark measures by the clock")
    static long nanos() {
        return System.nanoTime();
    }
}
