package io.narrows.cli.demo;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.InProcessCluster.Batches;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.cost.CostPerTb;
import io.narrows.cli.cost.CrossZone;
import io.narrows.cli.cost.StockKafka;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.price.PriceBooks;
import io.narrows.router.lane.SentForm;
import io.narrows.router.produce.LatencyCounts;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.S3Counters;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * Three zones in one process, a load, the checks and the report. Used by one thread, which blocks; owns the cluster
 * while it runs, and its directory unless one was given.
 */
public final class Demo {
    private static final Duration READERS_END = Duration.ofMinutes(2);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final DemoOptions options;
    private final PriceBook prices;
    private final PrintWriter out;
    private final DemoLog log;

    public Demo(DemoOptions options, PrintWriter out) {
        this.options = options;
        this.prices = PriceBooks.load(options.priceBook());
        this.out = out;
        this.log = new DemoLog(out);
    }

    /** Runs it all and prints; the result says whether every check held. */
    public DemoFigures run() throws IOException, InterruptedException {
        try (ScratchDirectory scratch = ScratchDirectory.of(options.output().directory())) {
            int proxies = options.settings().proxiesPerZone();
            log.say(
                    "Starting three zones: object store, controller, and a broker and %s per zone ...",
                    proxies == 1 ? "a proxy" : "a gateway of " + proxies + " proxies");
            DemoFigures figures = runIn(scratch.path());
            new DemoReport(out, figures).print();
            Path json = options.output().jsonFile();
            if (json != null) {
                DemoJson.write(json, figures);
            }
            return figures;
        }
    }

    private DemoFigures runIn(Path directory) throws IOException, InterruptedException {
        EmbeddedS3Config s3 =
                EmbeddedS3Config.inDirectory(directory.resolve("s3")).withLatency(options.s3Latency());
        Map<String, String> broker = new HashMap<>(options.path().brokerSettings());
        broker.putAll(options.settings().broker());
        Map<String, String> proxy = new HashMap<>(options.path().proxySettings());
        proxy.putAll(options.settings().proxy());
        ClusterOptions clusterOptions =
                new ClusterOptions(s3, broker, proxy, options.settings().proxiesPerZone());
        try (InProcessCluster cluster = InProcessCluster.start(directory, clusterOptions);
                TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0))) {
            LoadPlan plan = plan();
            List<ZoneEndpoints> endpoints = viaProxy() ? cluster.proxyEndpoints() : cluster.endpoints();
            if (!options.warmUp().isZero()) {
                warmUp(endpoints, topics, plan);
            }
            topics.createServed(plan.topic(), plan.partitions(), Map.of("max.message.bytes", "8388608"));
            Before before = new Before(
                    cluster.serverTraffic(),
                    cluster.s3().counters().snapshot(),
                    cluster.batches(),
                    cluster.ackLatency());
            log.say("Producing %s for %d s ...", plan.rate(), plan.duration().toSeconds());
            LoadRun run = LoadRun.start(plan, endpoints);
            while (!run.awaitProducers(SECOND)) {
                log.progress(run.progress());
            }
            LoadResult load = run.finish(READERS_END);
            DemoFigures figures = judge(cluster, topics, load, before);
            if (options.output().metrics() == DemoOptions.Metrics.PRINTED) {
                printMetrics(cluster);
            }
            return figures;
        }
    }

    private boolean viaProxy() {
        return options.consumers() == DemoOptions.Consumers.VIA_PROXY;
    }

    /** Consumers at a proxy do not say where they are: that is the proxy's business. */
    private LoadPlan plan() {
        return viaProxy() ? options.plan().readWith(Map.of(ConsumerConfig.CLIENT_RACK_CONFIG, "")) : options.plan();
    }

    /** The same load on another topic, so that what is measured is compiled code. */
    private void warmUp(List<ZoneEndpoints> endpoints, TestTopics topics, LoadPlan plan) throws InterruptedException {
        log.say("Warming up for %d s ...", options.warmUp().toSeconds());
        LoadPlan warmup = plan.on("warm-up", options.warmUp());
        topics.createServed(warmup.topic(), warmup.partitions(), Map.of("max.message.bytes", "8388608"));
        LoadResult result = LoadRun.start(warmup, endpoints).finish(READERS_END);
        if (!result.isClean()) {
            throw new IllegalStateException("the warm-up lost, duplicated, reordered or corrupted records: "
                    + result.verdict() + " " + result.errors());
        }
    }

    private void printMetrics(InProcessCluster cluster) {
        for (int zone = 0; zone < cluster.layout().zones().size(); zone++) {
            String name = cluster.layout().zones().get(zone);
            cluster.proxies(zone).forEach(proxy -> MetricDump.print(out, "proxy " + name, proxy.metrics()));
            MetricDump.print(out, "broker " + name, cluster.broker(zone).metrics());
        }
    }

    private record Before(
            CrossZone servers, S3Counters.Snapshot s3, Batches batches, Map<SentForm, LatencyCounts> acks) {}

    private DemoFigures judge(InProcessCluster cluster, TestTopics topics, LoadResult load, Before before) {
        CrossZone servers = ZoneBytes.minus(cluster.serverTraffic(), before.servers());
        CrossZone crossZone = ZoneBytes.plus(servers, ZoneBytes.ofClients(cluster.layout(), load.traffic()));
        StockKafka stock = ZoneBytes.stock(
                options.plan(),
                cluster.layout(),
                load,
                topics.placements(options.plan().topic()));
        S3Counters.Snapshot s3 = minus(cluster.s3().counters().snapshot(), before.s3());
        long produced = ZoneBytes.batchBytes(load);
        DemoFigures.Cost cost = new DemoFigures.Cost(
                prices.name() + " as of " + prices.asOf(),
                CostPerTb.of(prices, produced, crossZone.total(), s3.put(), s3.get()),
                CostPerTb.of(prices, produced, stock.totalRackAware(), 0, 0),
                CostPerTb.of(prices, produced, stock.totalFromLeaders(), 0, 0));
        Map<SentForm, LatencyCounts> acks = new EnumMap<>(SentForm.class);
        cluster.ackLatency()
                .forEach((form, counts) ->
                        acks.put(form, counts.minus(before.acks().getOrDefault(form, LatencyCounts.EMPTY))));
        return new DemoFigures(
                options, load, produced, crossZone, stock, s3, cluster.batches().minus(before.batches()), acks, cost);
    }

    private static S3Counters.Snapshot minus(S3Counters.Snapshot end, S3Counters.Snapshot start) {
        return new S3Counters.Snapshot(
                end.put() - start.put(),
                end.get() - start.get(),
                end.head() - start.head(),
                end.list() - start.list(),
                end.delete() - start.delete(),
                end.other() - start.other(),
                end.errors() - start.errors(),
                end.bytesPut() - start.bytesPut(),
                end.bytesGot() - start.bytesGot());
    }
}
