package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
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
import io.narrows.relay.store.ObjectInfo;
import io.narrows.relay.store.S3ObjectStore;
import io.narrows.s3server.LatencyModel;
import io.narrows.s3server.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tiered storage when the leader dies in the middle of a copy, and right after its topic was deleted, and the store refuses to delete. */
final class TieredFaultsIT {
    private static final int PART = 1 << 20;
    private static final int SEGMENT = 6 << 20;
    /** {@code -Dnarrows.it.long=true}: also waits until the killed copy is swept, by itself. */
    private static final boolean LONG = Boolean.getBoolean("narrows.it.long");

    private static final Duration SWEPT = Duration.ofMinutes(8);
    private static final Duration HEALED = Duration.ofSeconds(60);

    @TempDir
    static Path directory;

    @Test
    void nothingIsLostAndNothingStaysWhenACopyIsKilledAndDeletesAreRefused() throws Exception {
        ClusterOptions plain = ProcessCluster.options(directory);
        ClusterOptions options = new ClusterOptions(plain.s3(), brokers(), ProxyPath.STAGED.proxySettings());
        try (ProcessCluster cluster = ProcessCluster.start(
                        directory, options, Jvms.small(Path.of("target", "it-logs", "tiered-faults")));
                TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0));
                S3ObjectStore store = Buckets.open(cluster)) {
            LoadPlan plan = Loads.with(
                    Loads.plan(), Rate.parse("6MB/s"), Duration.ofSeconds(14), 3, new Shape(4096, Payload.RANDOM));
            topics.create(
                    plan.topic(),
                    plan.partitions(),
                    Map.of(
                            "remote.storage.enable", "true",
                            "segment.bytes", Integer.toString(SEGMENT),
                            "local.retention.bytes", "1"));
            cluster.s3().faults().latency(LatencyModel.parse("put=120ms"));
            LoadRun run = LoadRun.start(plan, cluster.endpoints());

            String interrupted = killInTheMiddleOfACopy(cluster, topics, store, plan.topic());
            LoadResult result = Loads.finish("a copy is killed", run);
            cluster.s3().faults().latency(LatencyModel.NONE);

            awaitTiered(topics, plan);
            Buckets.assertEverythingIsReadAgain(cluster, plan, result.totals().acknowledged());
            if (LONG) {
                assertThat(Ready.await(
                                SWEPT, () -> Buckets.list(store, interrupted).isEmpty()))
                        .as("the copy that was killed: %s", Buckets.list(store, interrupted))
                        .isTrue();
            }

            retentionWhileDeletesAreRefused(cluster, topics, store, plan);
            int leader = leaders(cluster, topics, plan.topic()).get(0);
            cluster.s3().faults().unavailable(Duration.ofSeconds(6), Set.of(Operation.DELETE));
            topics.admin().deleteTopics(List.of(plan.topic())).all().get();
            cluster.broker(leader).kill();
            assertThat(Ready.await(HEALED, () -> Buckets.list(store, "seg/").isEmpty()))
                    .as("of a deleted topic: %s", Buckets.list(store, "seg/"))
                    .isTrue();
        }
    }

    private static Map<String, String> brokers() {
        Map<String, String> brokers = new HashMap<>(ProxyPath.STAGED.brokerSettings());
        brokers.put("narrows.tier.enable", "true");
        brokers.put("narrows.tier.part.bytes", Integer.toString(PART));
        brokers.put("narrows.tier.copy.timeout.ms", "4000");
        brokers.put("narrows.s3.call.timeout.ms", "2000");
        brokers.put("narrows.s3.attempt.timeout.ms", "1000");
        brokers.put("remote.log.manager.task.interval.ms", "300");
        brokers.put("rlmm.config.remote.log.metadata.topic.num.partitions", "3");
        brokers.put("log.retention.check.interval.ms", "500");
        brokers.put("log.initial.task.delay.ms", "500");
        return brokers;
    }

    /** Kills the leader that has written a part or two of six and restarts it; returns the name of what it was writing. */
    private static String killInTheMiddleOfACopy(
            ProcessCluster cluster, TestTopics topics, S3ObjectStore store, String topic) throws Exception {
        // Asked before, so that nothing is between seeing the copy and the kill.
        List<Integer> leaders = leaders(cluster, topics, topic);
        String[] found = new String[1];
        assertThat(Ready.await(HEALED, () -> {
                    found[0] = halfCopied(store);
                    return found[0] != null;
                }))
                .as("a copy in progress")
                .isTrue();
        int index = leaders.get(Integer.parseInt(found[0].split("/")[2]));
        cluster.broker(index).kill();
        List<ObjectInfo> parts = Buckets.list(store, found[0]);
        System.out.printf("killed %d with %d parts of %s%n", index, parts.size(), found[0]);
        assertThat(parts.size()).as("parts when the leader was killed").isBetween(1, 5);
        cluster.restartBroker(index);
        return found[0];
    }

    /** By partition, the place of the leader's broker in the cluster. */
    private static List<Integer> leaders(ProcessCluster cluster, TestTopics topics, String topic) {
        return topics.placements(topic).stream()
                .map(placement -> cluster.layout().zones().indexOf(placement.leaderZone()))
                .toList();
    }

    /** A segment object of which one or two whole parts are there, and not the last. */
    private static String halfCopied(S3ObjectStore store) {
        Map<String, Integer> parts = new TreeMap<>();
        for (ObjectInfo object : Buckets.list(store, "seg/")) {
            String prefix = object.key().substring(0, object.key().lastIndexOf('/') + 1);
            parts.merge(prefix, object.sizeBytes() == PART ? 1 : 100, Integer::sum);
        }
        return parts.entrySet().stream()
                .filter(segment -> segment.getValue() <= 2)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private static void awaitTiered(TestTopics topics, LoadPlan plan) throws InterruptedException {
        boolean tiered = Ready.await(
                HEALED,
                () -> topics.localStarts(plan.topic(), plan.partitions()).values().stream()
                        .allMatch(start -> start > 1000));
        assertThat(tiered)
                .as("local starts %s", topics.localStarts(plan.topic(), plan.partitions()))
                .isTrue();
    }

    private static void retentionWhileDeletesAreRefused(
            ProcessCluster cluster, TestTopics topics, S3ObjectStore store, LoadPlan plan) throws Exception {
        long before = bytes(store);
        cluster.s3().faults().unavailable(Duration.ofSeconds(6), Set.of(Operation.DELETE));
        AlterConfigOp shorter =
                new AlterConfigOp(new ConfigEntry("retention.bytes", "8000000"), AlterConfigOp.OpType.SET);
        topics.admin()
                .incrementalAlterConfigs(
                        Map.of(new ConfigResource(ConfigResource.Type.TOPIC, plan.topic()), List.of(shorter)))
                .all()
                .get();
        boolean moved = Ready.await(HEALED, () -> logStart(topics, plan.topic()) > 0);
        assertThat(moved).as("the log start has moved").isTrue();
        Buckets.assertEverythingIsReadAgain(cluster, plan, 1);
        long kept = plan.partitions() * (8_000_000L + 2 * SEGMENT);
        assertThat(before).isGreaterThan(kept);
        assertThat(Ready.await(HEALED, () -> bytes(store) < kept))
                .as("%d bytes of %d when deletes were refused for a while", bytes(store), before)
                .isTrue();
    }

    private static long logStart(TestTopics topics, String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try {
            return topics.admin()
                    .listOffsets(Map.of(partition, OffsetSpec.earliest()))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long bytes(S3ObjectStore store) {
        return Buckets.list(store, "seg/").stream()
                .mapToLong(ObjectInfo::sizeBytes)
                .sum();
    }
}
