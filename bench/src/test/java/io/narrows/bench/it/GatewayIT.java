package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.bench.cluster.ProcessCluster;
import io.narrows.bench.cluster.ProcessCluster.Jvms;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.cluster.TestTopics;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadPlan.FanOut;
import io.narrows.cli.load.LoadPlan.Guarantee;
import io.narrows.cli.load.LoadPlan.Readers;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.load.Rate;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.s3server.EmbeddedS3Config;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three proxies as the gateway of one zone, as processes of their own, under idempotent, transactional and plain
 * producers, two groups and a probe: one proxy drains, one comes, one is killed. Nothing is lost, reordered or, but for
 * plain producers, doubled. Printed: the longest time that a partition went without an acknowledgement. With
 * -Dnarrows.it.long=true with the default time limits and more of everything; with -Dnarrows.it.gateway.owners=1 one owns
 * all partitions and the others stand by.
 */
final class GatewayIT {
    private static final boolean LONG = Boolean.getBoolean("narrows.it.long");
    private static final int OWNERS = Integer.getInteger("narrows.it.gateway.owners", 3);

    /** Long enough for all that start concurrently on two processors: with 2 s every proxy lost its session before one drained. */
    private static final int SESSION_MS = LONG ? 6_000 : 5_000;

    private static final Duration PHASE = Duration.ofSeconds(LONG ? 15 : 4);
    /** A load ends when the last phase is over: proxies that start slowly must not find none. */
    private static final Duration LOAD_AT_MOST = Duration.ofMinutes(4);

    private static final Duration START = Duration.ofSeconds(60);
    private static final int PARTITIONS = 12;
    private static final Pattern MEMBERS = Pattern.compile("narrows_gateway_members(?:\\{[^}]*})? ([0-9.]+)");
    private static final Pattern AWAITED =
            Pattern.compile("narrows_gateway_assignment_awaited(?:\\{[^}]*})? ([0-9.]+)");

    @TempDir
    static Path directory;

    private static ProcessCluster cluster;
    private static List<ZoneEndpoints> endpoints;

    @BeforeAll
    static void startCluster() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")),
                Map.of("group.min.session.timeout.ms", "1000"),
                Map.of(
                        "zone",
                        "a",
                        "gateway.group",
                        "main",
                        "gateway.secrets",
                        "test=a-secret-of-this-test",
                        "gateway.member.endpoints",
                        "PLAINTEXT://127\\.0\\.0\\.1:\\d+",
                        "gateway.max.owners",
                        Integer.toString(OWNERS),
                        "gateway.session.timeout.ms",
                        Integer.toString(SESSION_MS),
                        "gateway.heartbeat.interval.ms",
                        LONG ? "500" : "200"));
        cluster = ProcessCluster.start(directory, options, Jvms.small(Path.of("target", "it-logs", "gateway")));
        String all = cluster.endpoints().stream()
                .map(ZoneEndpoints::produceBootstrap)
                .collect(Collectors.joining(","));
        endpoints = cluster.endpoints().stream()
                .map(zone -> new ZoneEndpoints(zone.zone(), zone.produceBootstrap(), all))
                .toList();
        awaitMembers(3, 0, 1, 2);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Test
    void proxiesDrainComeAndDieUnderALoad() throws Exception {
        List<LoadRun> runs = new ArrayList<>();
        for (Guarantee guarantee : Guarantee.values()) {
            runs.add(new Loads(cluster.layout().brokerBootstrap(0), endpoints).start(plan(guarantee)));
        }
        String probed = "probed";
        try (TestTopics topics = new TestTopics(cluster.layout().brokerBootstrap(0))) {
            topics.create(probed, PARTITIONS, Map.of());
        }
        String bootstrap = endpoints.get(0).consumeBootstrap();
        try (GapProbe probe = GapProbe.start(probed, PARTITIONS, bootstrap);
                GroupReader first = GroupReader.start(probed, "first", "classic", bootstrap);
                GroupReader second = GroupReader.start(probed, "second", "consumer", bootstrap)) {
            pass(runs, PHASE);
            print("calm", probe.longestGap());

            assertThat(cluster.proxy(0).stop(30)).isIn(0, 143);
            awaitMembers(2, 1, 2);
            pass(runs, PHASE.dividedBy(2));
            print("one of three drained", probe.longestGap());

            cluster.restartProxy(0);
            awaitMembers(3, 0, 1, 2);
            pass(runs, PHASE.dividedBy(2));
            print("one came", probe.longestGap());

            cluster.proxy(1).kill();
            awaitMembers(2, 0, 2);
            pass(runs, PHASE.dividedBy(2));
            print("one of three killed", probe.longestGap());
            runs.forEach(LoadRun::stopProducing);

            long sent = probe.finish();
            assertThat(first.awaitRecords(sent, START)).isEqualTo(sent);
            assertThat(second.awaitRecords(sent, START)).isEqualTo(sent);
        }
        for (int i = 0; i < runs.size(); i++) {
            judge(Guarantee.values()[i], runs.get(i).finish(START));
        }
    }

    private static LoadPlan plan(Guarantee guarantee) {
        LoadPlan plan = Loads.producing(Loads.plan(), guarantee, "none");
        return new LoadPlan(
                guarantee.name().toLowerCase(Locale.ROOT),
                PARTITIONS,
                plan.runId(),
                Rate.parse(LONG ? "3MB/s" : "1MB/s"),
                LOAD_AT_MOST,
                plan.shape(),
                plan.producers(),
                new Readers(FanOut.SHARED, 2, Map.of()));
    }

    private static void pass(List<LoadRun> runs, Duration duration) throws InterruptedException {
        boolean unused = runs.get(0).awaitProducers(duration);
    }

    private static void print(String what, Duration gap) {
        System.out.printf(
                Locale.ROOT,
                "gateway: %-22s longest time without an acknowledgement for a partition %,5d ms%n",
                what,
                gap.toMillis());
    }

    /** A plain producer sends again what it had no answer for, as it would with stock Kafka. */
    private static void judge(Guarantee guarantee, LoadResult result) {
        String summary = Loads.summary(guarantee.name(), result);
        System.out.println(summary);
        assertThat(result.complete()).as(summary).isTrue();
        assertThat(result.totals().acknowledged()).as(summary).isPositive();
        assertThat(result.totals().uncertain()).as(summary).isZero();
        if (guarantee == Guarantee.PLAIN) {
            assertThat(result.verdict().lost()).as(summary).isZero();
            assertThat(result.verdict().corrupt()).as(summary).isZero();
            assertThat(result.verdict().misordered()).as(summary).isZero();
        } else {
            assertThat(result.verdict().isClean()).as(summary).isTrue();
        }
    }

    private static void awaitMembers(int members, int... proxies) throws InterruptedException {
        int owners = Math.min(OWNERS, members);
        boolean there = Ready.await(START, () -> {
            for (int proxy : proxies) {
                String metrics = metrics(cluster.layout().adminAddress(proxy));
                if (value(MEMBERS, metrics) != owners || value(AWAITED, metrics) != 0) {
                    return false;
                }
            }
            return true;
        });
        assertThat(there).as("all proxies see %d owners", owners).isTrue();
    }

    private static int value(Pattern metric, String metrics) {
        Matcher matcher = metric.matcher(metrics);
        return matcher.find() ? (int) Double.parseDouble(matcher.group(1)) : -1;
    }

    private static String metrics(String address) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + "/metrics"))
                    .build();
            return HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
