package io.narrows.cli.demo;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadProgress;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.s3server.EmbeddedS3Config;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A load with small segments and little local retention, so that most of it becomes segment objects while it runs. Halfway a
 * fresh group starts at the beginning and reads everything while the tail is still being written. Used by one thread, which
 * blocks; owns the cluster while it runs.
 */
public final class HistoryDemo {
    private static final Duration READERS_END = Duration.ofMinutes(4);
    private static final Duration HISTORY_COMES = Duration.ofSeconds(30);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int PROGRESS_EVERY = 5;

    private final DemoOptions options;
    private final PrintWriter out;
    private final DemoLog log;

    public HistoryDemo(DemoOptions options, PrintWriter out) {
        this.options = options;
        this.out = out;
        this.log = new DemoLog(out);
    }

    /** Runs it all and prints. */
    public HistoryFigures run() throws IOException, InterruptedException {
        try (ScratchDirectory scratch = ScratchDirectory.of(options.output().directory())) {
            log.say("Starting three zones: object store, controller, and a broker and a proxy per zone ...");
            EmbeddedS3Config s3 =
                    EmbeddedS3Config.inDirectory(scratch.path().resolve("s3")).withLatency(options.s3Latency());
            Map<String, String> broker = new HashMap<>(options.path().brokerSettings());
            broker.putAll(brokerSettings());
            broker.putAll(options.settings().broker());
            Map<String, String> proxy = new HashMap<>(options.path().proxySettings());
            proxy.putAll(options.settings().proxy());
            try (InProcessCluster cluster = InProcessCluster.start(
                            scratch.path(),
                            new ClusterOptions(
                                    s3, broker, proxy, options.settings().proxiesPerZone()));
                    TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0))) {
                HistoryFigures figures = load(cluster, topics);
                new HistoryReport(out).print(figures);
                return figures;
            }
        }
    }

    /** History is copied, dropped locally and collected within seconds of being closed. */
    private static Map<String, String> brokerSettings() {
        return Map.ofEntries(
                Map.entry("narrows.tier.enable", "true"),
                Map.entry("narrows.tier.roll.ms", "10000"),
                Map.entry("narrows.tier.roll.min.bytes", "1048576"),
                Map.entry("narrows.tier.roll.max.ms", "20000"),
                Map.entry("narrows.gc.interval.ms", "2000"),
                Map.entry("narrows.gc.grace.ms", "8000"),
                Map.entry("remote.log.manager.task.interval.ms", "1000"),
                Map.entry("rlmm.config.remote.log.metadata.topic.num.partitions", "3"),
                Map.entry("log.retention.check.interval.ms", "2000"),
                Map.entry("log.initial.task.delay.ms", "2000"));
    }

    private HistoryFigures load(InProcessCluster cluster, TestTopics topics) throws InterruptedException {
        LoadPlan plan = options.plan();
        topics.create(
                plan.topic(),
                plan.partitions(),
                Map.of(
                        "max.message.bytes",
                        "8388608",
                        "remote.storage.enable",
                        "true",
                        "segment.bytes",
                        Integer.toString(8 << 20),
                        "local.retention.ms",
                        "5000"));
        log.say(
                "Producing %s for %d s; a second group starts at the beginning halfway ...",
                plan.rate(), plan.duration().toSeconds());
        StoreCensus census = new StoreCensus(cluster);
        LoadRun run = LoadRun.start(plan, cluster.endpoints());
        boolean joined = false;
        int seconds = 0;
        while (!run.awaitProducers(SECOND)) {
            LoadProgress now = run.progress();
            if (!joined && now.elapsed().compareTo(plan.duration().dividedBy(2)) >= 0 && hasHistory(topics, plan)) {
                joined = true;
                run.startFreshGroup();
                log.say("  a second group reads from the beginning");
            }
            if (++seconds % PROGRESS_EVERY == 0) {
                log.progress(now);
            }
        }
        if (!joined) {
            boolean unused = Ready.await(HISTORY_COMES, () -> hasHistory(topics, plan));
            run.startFreshGroup();
        }
        LoadResult load = run.finish(READERS_END);
        return new HistoryFigures(load, ZoneBytes.batchBytes(load), census.take(topics, plan.topic()));
    }

    /** Every leader has dropped a local segment: from here on the beginning is in segment objects. */
    private static boolean hasHistory(TestTopics topics, LoadPlan plan) {
        return topics.localStarts(plan.topic(), plan.partitions()).values().stream()
                .allMatch(offset -> offset > 0);
    }
}
