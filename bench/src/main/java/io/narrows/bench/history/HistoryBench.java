package io.narrows.bench.history;

import io.narrows.bench.history.HistoryReaders.AtEnd;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.Pace;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.LatencyModel;
import io.narrows.s3server.S3Counters;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes the same history to Narrows and to Kafka's own tiered storage with a file per segment, each with an S3 server of its own
 * with the same latency, and reads it back from the beginning; then loads the tail of Narrows with and without readers that
 * catch up. Used by one thread, which blocks.
 */
public final class HistoryBench {
    public static final String NARROWS = "narrows";
    public static final String BASELINE = "file per segment";

    private static final String HISTORY = "history";
    private static final Duration TIERED = Duration.ofMinutes(3);
    private static final Duration READERS_END = Duration.ofMinutes(1);
    private static final double GIB = 1 << 30;

    private final Options options;
    private final PrintWriter out;

    /**
     * What to run.
     *
     * @param write the load that writes the history, without readers
     * @param tail the load that readers catching up may disturb
     */
    public record Options(
            LoadPlan write, LoadPlan tail, int segmentBytes, int rounds, CatchUp catchUp, LatencyModel s3Latency) {}

    /** Readers of history while the tail is loaded, and how fast they read together: 0 for as fast as they can. */
    public record CatchUp(int readers, double bytesPerSecond) {}

    /** Reading once from the beginning. */
    public record Reading(String system, long bytes, double seconds, long gets) {
        public double megabytesPerSecond() {
            return bytes / 1e6 / seconds;
        }

        double getsPerGib() {
            return gets * GIB / bytes;
        }
    }

    /** Percentiles of a load at the tail, in ms. */
    public record Tail(
            int catchUpReaders, double ackP50, double ackP99, double endToEndP99, double caughtUpMbPerSecond) {}

    public record Result(List<Reading> readings, List<Tail> tails) {
        /** The best reading of a system, in MB/s. */
        public double best(String system) {
            return readings.stream()
                    .filter(reading -> reading.system().equals(system))
                    .mapToDouble(Reading::megabytesPerSecond)
                    .max()
                    .orElse(0);
        }
    }

    public HistoryBench(Options options, PrintWriter out) {
        this.options = options;
        this.out = out;
    }

    public Result run(Path directory) throws IOException, InterruptedException {
        List<Reading> readings = new ArrayList<>();
        List<Tail> tails = new ArrayList<>();
        Map<String, String> baseline = new HashMap<>(common());
        baseline.put("narrows.link.mode", "never");
        baseline.put("remote.log.storage.system.enable", "true");
        baseline.put("remote.log.storage.manager.class.name", FilePerSegmentStorage.class.getName());
        baseline.put("remote.log.metadata.manager.listener.name", "PLAINTEXT");
        measure(BASELINE, directory.resolve("baseline"), baseline, readings, tails);
        Map<String, String> narrows = new HashMap<>(common());
        narrows.put("narrows.tier.enable", "true");
        narrows.put("narrows.tier.cache.bytes", Integer.toString(FilePerSegmentStorage.CACHE_BYTES));
        measure(NARROWS, directory.resolve(NARROWS), narrows, readings, tails);
        return new Result(readings, tails);
    }

    private static Map<String, String> common() {
        return Map.of(
                "remote.log.manager.task.interval.ms", "500",
                "rlmm.config.remote.log.metadata.topic.num.partitions", "3",
                "log.retention.check.interval.ms", "1000",
                "log.initial.task.delay.ms", "1000");
    }

    private void measure(
            String system, Path directory, Map<String, String> broker, List<Reading> readings, List<Tail> tails)
            throws IOException, InterruptedException {
        boolean narrows = system.equals(NARROWS);
        EmbeddedS3Config s3 =
                EmbeddedS3Config.inDirectory(directory.resolve("s3")).withLatency(options.s3Latency());
        ClusterOptions cluster =
                new ClusterOptions(s3, broker, (narrows ? ProxyPath.STAGED : ProxyPath.DIRECT).proxySettings());
        say("Starting %s ...", system);
        try (InProcessCluster running = InProcessCluster.start(directory, cluster);
                TestTopics topics = new TestTopics(running.layout().brokerBootstrap(0))) {
            Map<TopicPartition, Long> history = write(running, topics, narrows);
            for (int round = 0; round < options.rounds(); round++) {
                Reading reading = read(system, running, history);
                readings.add(reading);
                say(
                        "  %-16s %,8.1f MB from the beginning in %5.1f s: %7.1f MB/s, %,d GETs (%.0f per GiB)",
                        system,
                        reading.bytes() / 1e6,
                        reading.seconds(),
                        reading.megabytesPerSecond(),
                        reading.gets(),
                        reading.getsPerGib());
            }
            if (narrows && options.catchUp().readers() > 0) {
                tails.add(tail(running, topics, history, "warm", 0));
                tails.clear();
                tails.add(tail(running, topics, history, "alone", 0));
                tails.add(tail(
                        running, topics, history, "crowded", options.catchUp().readers()));
            }
        }
    }

    /** Writes, and waits until all but the last segments are in the store and nowhere else. */
    private Map<TopicPartition, Long> write(InProcessCluster cluster, TestTopics topics, boolean narrows)
            throws InterruptedException {
        LoadPlan plan = options.write().on(HISTORY, options.write().duration());
        topics.create(
                HISTORY,
                plan.partitions(),
                Map.of(
                        "remote.storage.enable", "true",
                        "segment.bytes", Integer.toString(options.segmentBytes()),
                        "local.retention.ms", "1"));
        LoadResult load = LoadRun.start(plan, narrows ? cluster.endpoints() : direct(cluster))
                .finish(READERS_END);
        say(
                "  wrote %,.1f MB in %.1f s",
                load.totals().bytes() / 1e6, load.elapsed().toMillis() / 1e3);
        long deadline = Pace.nowNanos() + TIERED.toNanos();
        Map<TopicPartition, Long> local = topics.localStarts(HISTORY, plan.partitions());
        Map<TopicPartition, Long> ends = topics.ends(HISTORY, plan.partitions());
        while (!tiered(local, ends) && Pace.nowNanos() - deadline < 0) {
            local = topics.localStarts(HISTORY, plan.partitions());
        }
        if (!tiered(local, ends)) {
            throw new IllegalStateException("history did not reach the store in time: " + local + " of " + ends);
        }
        return local;
    }

    private static boolean tiered(Map<TopicPartition, Long> local, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().allMatch(end -> local.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }

    private static List<ZoneEndpoints> direct(InProcessCluster cluster) {
        return cluster.endpoints().stream()
                .map(zone -> new ZoneEndpoints(zone.zone(), zone.consumeBootstrap(), zone.consumeBootstrap()))
                .toList();
    }

    private Reading read(String system, InProcessCluster cluster, Map<TopicPartition, Long> history)
            throws InterruptedException {
        S3Counters.Snapshot before = cluster.s3().counters().snapshot();
        long start = Pace.nowNanos();
        try (HistoryReaders readers = new HistoryReaders(0)) {
            List<ZoneEndpoints> zones = cluster.endpoints();
            for (int zone = 0; zone < zones.size(); zone++) {
                readers.start(zones.get(zone), share(history, zone, zones.size()), AtEnd.STOP);
            }
            readers.join();
            double seconds = (Pace.nowNanos() - start) / 1e9;
            long gets = cluster.s3().counters().snapshot().get() - before.get();
            return new Reading(system, readers.bytes(), seconds, gets);
        }
    }

    private static Map<TopicPartition, Long> share(Map<TopicPartition, Long> history, int zone, int zones) {
        Map<TopicPartition, Long> share = new HashMap<>();
        history.forEach((partition, end) -> {
            if (LoadRun.readerZone(partition.partition(), zones) == zone) {
                share.put(partition, end);
            }
        });
        return share;
    }

    private Tail tail(
            InProcessCluster cluster,
            TestTopics topics,
            Map<TopicPartition, Long> history,
            String topic,
            int catchUpReaders)
            throws InterruptedException {
        LoadPlan plan = options.tail().on("tail-" + topic, options.tail().duration());
        topics.create(plan.topic(), plan.partitions(), Map.of("remote.storage.enable", "true"));
        try (HistoryReaders readers = new HistoryReaders(options.catchUp().bytesPerSecond())) {
            List<ZoneEndpoints> zones = cluster.endpoints();
            for (int reader = 0; reader < catchUpReaders; reader++) {
                readers.start(zones.get(reader % zones.size()), history, AtEnd.BEGIN_AGAIN);
            }
            LoadResult load = LoadRun.start(plan, cluster.endpoints()).finish(READERS_END);
            if (!load.isClean()) {
                throw new IllegalStateException("the tail was not exact: " + load.verdict() + " " + load.errors());
            }
            Tail tail = new Tail(
                    catchUpReaders,
                    load.p50Ms(),
                    load.p99Ms(),
                    load.endToEndMicros().getValueAtPercentile(99) / 1e3,
                    readers.bytes() / 1e6 / load.elapsed().toSeconds());
            say(
                    "  tail %s with %2d readers catching up (%6.1f MB/s): ack p50 %.1f p99 %.1f ms, end to end p99 %.1f ms",
                    plan.rate(),
                    catchUpReaders,
                    tail.caughtUpMbPerSecond(),
                    tail.ackP50(),
                    tail.ackP99(),
                    tail.endToEndP99());
            return tail;
        }
    }

    private void say(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }
}
