package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.cost.Attribution;
import io.narrows.cli.cost.CostReport;
import io.narrows.cli.cost.CostReport.Projection;
import io.narrows.cli.cost.CrossZone;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.StoreRoute;
import io.narrows.cli.cost.SystemKind;
import io.narrows.cli.cost.Usage;
import io.narrows.cli.cost.ZoneFlow;
import io.narrows.cli.cost.ZoneFlow.Kind;
import io.narrows.cli.cost.source.AdminReader;
import io.narrows.cli.cost.source.LiveSource;
import io.narrows.cli.cost.source.ObserveSettings;
import io.narrows.cli.cost.source.ObservedCluster;
import io.narrows.cli.load.LoadPlan;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.cli.report.HtmlReport;
import io.narrows.relay.price.PriceBook;
import io.narrows.relay.price.PriceBooks;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.S3Counters;
import io.narrows.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a report says of a running cluster is what the S3 server and the sockets counted, within two percent. */
final class CostIT {
    private static final Percentage TWO_PERCENT = Percentage.withPercentage(2);
    /** At most six of each broker's collection at its start, one store check of each broker and proxy, and a round. */
    private static final long OTHER_PUTS = 3 * 6 + 6 + 4;

    private static final PriceBook AWS = PriceBooks.load("aws-us-east-1");

    @TempDir
    static Path directory;

    private static InProcessCluster cluster;
    private static Loads loads;

    @BeforeAll
    static void startCluster() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")),
                Map.of("narrows.admin.listener", "127.0.0.1:0"),
                ProxyPath.STAGED.proxySettings());
        cluster = InProcessCluster.start(directory, options);
        loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.endpoints());
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    private static LiveSource live() {
        int zones = cluster.layout().zones().size();
        return new LiveSource(
                IntStream.range(0, zones)
                        .mapToObj(zone -> cluster.layout().adminAddress(zone))
                        .toList(),
                IntStream.range(0, zones)
                        .mapToObj(zone -> "127.0.0.1:" + cluster.broker(zone).adminPort())
                        .toList(),
                3,
                new AdminReader("", null));
    }

    @Test
    void theReportReconcilesWithTheS3ServerAndTheSockets() throws Exception {
        LoadResult load = loads.run("cost report", Loads.plan());

        CrossZone before = cluster.serverTraffic();
        Measurement measurement = live().measure(Duration.ZERO);
        CrossZone sockets = cluster.serverTraffic();
        S3Counters.Snapshot s3 = cluster.s3().counters().snapshot();

        CostReport report = new CostReport(measurement, AWS, StoreRoute.ENDPOINT, Projection.NONE);
        // Left for people to look at.
        Files.writeString(Path.of("target", "cost-report.html"), HtmlReport.write(report));
        Usage narrows = measurement.usage(SystemKind.NARROWS).orElseThrow();
        assertThat(narrows.store().put()).isCloseTo(s3.put(), TWO_PERCENT);
        assertThat(narrows.store().get()).isCloseTo(s3.get(), TWO_PERCENT);
        assertThat(narrows.store().putBytes()).isCloseTo(s3.bytesPut(), TWO_PERCENT);
        assertThat(narrows.store().gotBytes()).isCloseTo(s3.bytesGot(), TWO_PERCENT);
        long batches =
                load.traffic().stream().mapToLong(client -> client.batchBytes()).sum();
        System.out.printf(
                "report: %d bytes crossed, %d PUT, %d GET; sockets: %s; S3 server: %d PUT, %d GET%n",
                narrows.crossBytes(), narrows.store().put(), narrows.store().get(), sockets, s3.put(), s3.get());
        assertThat(narrows.producedBytes()).isCloseTo(batches, TWO_PERCENT);
        assertThat(narrows.crossBytes(Kind.RELAY)).isCloseTo(sockets.relay(), TWO_PERCENT);
        // Followers never stop fetching, so the report is between what sockets had counted before and after it.
        assertThat((double) narrows.crossBytes(Kind.REPLICATION))
                .isBetween(0.98 * before.replication(), 1.02 * sockets.replication());
        assertThat(report.line(SystemKind.NARROWS).orElseThrow().bill().totalDollars())
                .isBetween(0.98 * dollars(before, narrows, s3), 1.02 * dollars(sockets, narrows, s3));
        assertThat(narrows.knowsZones()).isTrue();
        assertThat(measurement.details().topics())
                .extracting(Attribution::name)
                .anyMatch(name -> name.startsWith("load-"));
        assertThat(measurement.details().objectSizes()).isNotNull();
        // The other PUTs are those of the start and of the garbage collector.
        assertThat(measurement.details().objectSizes().count())
                .isBetween(s3.put() * 98 / 100 - OTHER_PUTS, s3.put() * 102 / 100);
    }

    /** Sockets count brokers' talk with the controller too, which no report has: metadata is the proxies' own. */
    private static double dollars(CrossZone sockets, Usage narrows, S3Counters.Snapshot s3) {
        long crossing = sockets.relay() + sockets.replication() + narrows.crossBytes(Kind.METADATA);
        return crossing * 0.02 / 1e9 + (s3.put() + s3.list()) * 0.005 / 1000 + s3.get() * 0.0004 / 1000;
    }

    @Test
    void aClusterThatIsOnlyObservedShowsWhatItsProducersSend() throws Exception {
        LoadPlan plan = Loads.lasting(Loads.plan(), Duration.ofSeconds(8));
        LoadRun run = loads.start(plan);
        Properties client = new Properties();
        client.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.layout().brokerBootstrap(0));
        ObserveSettings settings = new ObserveSettings(
                Duration.ofSeconds(4), Map.of(), new ObserveSettings.Flush(4 << 20, Duration.ofMillis(250)), 64 << 10);
        Measurement measurement;
        try (Consumer<byte[], byte[]> reader = groupMember(plan.topic(), "b");
                ObservedCluster observed = new ObservedCluster(client, settings)) {
            Await.until("an assignment", Duration.ofSeconds(30), () -> {
                reader.poll(Duration.ofMillis(100));
                return !reader.assignment().isEmpty();
            });
            measurement = observed.measure(AWS);
        }
        Loads.finish("observed", run);

        Usage stock = measurement.usage(SystemKind.STOCK_RACK).orElseThrow();
        Usage fromLeaders = measurement.usage(SystemKind.STOCK).orElseThrow();
        System.out.printf(
                "observed: %d bytes in %.1f s; %.3f crossed, %.3f without rack-aware fetch%n",
                stock.producedBytes(), measurement.origin().seconds(), stock.crossShare(), fromLeaders.crossShare());
        assertThat(fromLeaders.crossBytes(Kind.CONSUME)).isEqualTo(crossingTo("b", fromLeaders));
        assertThat(stock.crossShare()).isCloseTo(2 + 2.0 / 3, within(0.02));
        assertThat(stock.producedBytes() / measurement.origin().seconds()).isBetween(0.3e6, 9e6);
        assertThat(measurement.usage(SystemKind.STOCK).orElseThrow().crossBytes())
                .isGreaterThan(stock.crossBytes());
        assertThat(measurement.usage(SystemKind.NARROWS).orElseThrow().crossBytes())
                .as("what is too slow for an object stays direct")
                .isLessThanOrEqualTo(stock.crossBytes());
        assertThat(measurement.details().topics()).extracting(Attribution::name).isEqualTo(List.of(plan.topic()));
    }

    private static long crossingTo(String zone, Usage usage) {
        return usage.flows().stream()
                .filter(flow -> flow.kind() == Kind.CONSUME
                        && flow.crosses()
                        && flow.to().equals(zone))
                .mapToLong(ZoneFlow::bytes)
                .sum();
    }

    /** Of the protocol in which the group's coordinator knows each member's rack. */
    private static Consumer<byte[], byte[]> groupMember(String topic, String rack) {
        Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        cluster.layout().brokerBootstrap(0),
                        ConsumerConfig.GROUP_ID_CONFIG,
                        "observed",
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                        "consumer",
                        ConsumerConfig.CLIENT_RACK_CONFIG,
                        rack),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.subscribe(List.of(topic));
        return consumer;
    }
}
