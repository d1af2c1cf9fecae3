package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.link.LinkBatch;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.Shape;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.Rate;
import io.narrows.cli.verify.Payload;
import io.narrows.cli.verify.Verdict;
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.ObjectStore;
import io.narrows.relay.store.S3ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Garbage collection that never rests, under load: retention, leader moves, a killed proxy, a killed broker. No record that
 * may be read loses its bytes, and at the end the bucket holds what the logs on the disks refer to, and nothing else.
 */
final class GarbageIT {
    private static final boolean LONG = Boolean.getBoolean("narrows.it.long");
    private static final Duration HEALED = Duration.ofSeconds(60);

    @TempDir
    static Path directory;

    @Test
    void theBucketHoldsWhatTheLogsReferToAndNothingElse() throws Exception {
        Map<String, String> brokers = new HashMap<>(ProxyPath.STAGED.brokerSettings());
        brokers.put("narrows.gc.interval.ms", "1000");
        brokers.put("narrows.gc.grace.ms", "4000");
        brokers.put("log.retention.check.interval.ms", "500");
        brokers.put("log.initial.task.delay.ms", "500");
        brokers.put("log.segment.delete.delay.ms", "500");
        ClusterOptions plain = ProcessCluster.options(directory);
        ClusterOptions options = new ClusterOptions(plain.s3(), brokers, ProxyPath.STAGED.proxySettings());
        try (ProcessCluster cluster =
                        ProcessCluster.start(directory, options, Jvms.small(Path.of("target", "it-logs", "garbage")));
                TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0));
                S3ObjectStore store = Buckets.open(cluster)) {
            LoadPlan kept = plan();
            LoadPlan fleeting = plan();
            topics.create(kept.topic(), kept.partitions(), Map.of("segment.bytes", "1048576"));
            topics.create(
                    fleeting.topic(),
                    fleeting.partitions(),
                    Map.of("segment.bytes", "1048576", "segment.ms", "2000", "retention.ms", "5000"));
            LoadRun first = LoadRun.start(kept, cluster.endpoints());
            LoadRun second = LoadRun.start(fleeting, cluster.endpoints());
            disturb(cluster, topics.admin(), kept, first);
            LoadResult result = Loads.finish("kept for ever", first);
            assertReadWithoutErrors(second.finish(HEALED));

            Buckets.assertEverythingIsReadAgain(cluster, kept, result.totals().acknowledged());
            assertNothingButReferencesStays(store, kept.topic());
            topics.admin()
                    .deleteTopics(List.of(kept.topic(), fleeting.topic()))
                    .all()
                    .get();
            assertThat(Ready.await(HEALED, () -> walObjects(store).isEmpty()))
                    .as("without topics there are no objects: %s", walObjects(store))
                    .isTrue();
        }
    }

    /** A reader that is behind by more than the retention misses records, as it must; what it reads is right. */
    private static void assertReadWithoutErrors(LoadResult result) {
        System.out.println(Loads.summary("kept for 5 s", result));
        Verdict verdict = result.verdict();
        assertThat(verdict.corrupt() + verdict.duplicated() + verdict.misordered() + verdict.foreign())
                .isZero();
        assertThat(verdict.consumed()).isPositive();
    }

    private static LoadPlan plan() {
        return Loads.with(
                Loads.plan(),
                Rate.parse("3MB/s"),
                Duration.ofSeconds(LONG ? 240 : 20),
                6,
                new Shape(4096, Payload.TEXT));
    }

    private static void disturb(ProcessCluster cluster, Admin admin, LoadPlan plan, LoadRun run) throws Exception {
        for (int round = 0; round < (LONG ? 7 : 1); round++) {
            assertThat(run.awaitProducers(Duration.ofSeconds(4))).isFalse();
            cluster.proxy(round % 3).kill();
            cluster.restartProxy(round % 3);
            moveLeaders(admin, plan, round);
            assertThat(run.awaitProducers(Duration.ofSeconds(3))).isFalse();
            cluster.broker((round + 1) % 3).kill();
            assertThat(run.awaitProducers(Duration.ofSeconds(2))).isFalse();
            cluster.restartBroker((round + 1) % 3);
        }
    }

    private static void moveLeaders(Admin admin, LoadPlan plan, int round) throws Exception {
        Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
        IntStream.range(0, plan.partitions()).forEach(partition -> {
            List<Integer> replicas = IntStream.range(0, 3)
                    .map(i -> 1 + (partition + round + 1 + i) % 3)
                    .boxed()
                    .toList();
            moves.put(new TopicPartition(plan.topic(), partition), Optional.of(new NewPartitionReassignment(replicas)));
        });
        admin.alterPartitionReassignments(moves).all().get();
        admin.electLeaders(ElectionType.PREFERRED, moves.keySet()).partitions().get();
    }

    private static void assertNothingButReferencesStays(ObjectStore store, String topic) throws Exception {
        boolean clean = Ready.await(HEALED, () -> {
            Set<String> present = walObjects(store);
            return present.equals(referenced(""));
        });
        Set<String> surplus = walObjects(store);
        surplus.removeAll(referenced(""));
        Set<String> missing = referenced("");
        missing.removeAll(walObjects(store));
        System.out.printf(
                "garbage: %d objects in the bucket, %d referenced by what is kept%n",
                walObjects(store).size(), referenced(topic).size());
        assertThat(missing).as("objects that links name").isEmpty();
        assertThat(clean).as("unreferenced: %s", surplus).isTrue();
        assertThat(referenced(topic)).isNotEmpty();
    }

    /** What the links in the logs of topics with this prefix name, on all disks. */
    private static Set<String> referenced(String topic) {
        Set<String> keys = new TreeSet<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".log"))
                    .filter(path -> !path.getParent().toString().endsWith("-delete"))
                    .filter(path -> path.getParent().getFileName().toString().startsWith(topic))
                    .toList()) {
                addLinks(file, keys);
            }
        } catch (NoSuchFileException | UncheckedIOException e) {
            // Retention works meanwhile: the caller looks again.
            return Set.of("a file went away: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return keys;
    }

    private static void addLinks(Path file, Set<String> keys) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        for (int at = 0; BatchHeader.isPlausible(bytes, at); at += BatchHeader.size(bytes, at)) {
            if (LinkBatch.isLink(bytes, at)) {
                keys.add(LinkBatch.read(bytes, at).pointer().object().key());
            }
        }
    }

    private static Set<String> walObjects(ObjectStore store) {
        return Buckets.list(store, "wal/").stream().map(ObjectInfo::key).collect(Collectors.toCollection(TreeSet::new));
    }
}
