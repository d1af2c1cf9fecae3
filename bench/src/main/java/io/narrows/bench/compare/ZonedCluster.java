package io.narrows.bench.compare;

import com.fasterxml.jackson.databind.JsonNode;
import io.narrows.bench.cluster.JavaCommand;
import io.narrows.bench.cluster.JavaProcess;
import io.narrows.bench.cluster.JsonLineProcess;
import io.narrows.bench.zones.ZoneNetwork;
import io.narrows.broker.server.StorageFormat;
import io.narrows.cli.cluster.ServerSettings;
import io.narrows.cli.cluster.ZoneLayout;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * One contestant's servers, each in its zone's namespace: a controller in the first zone, a broker per zone and, where
 * they belong to it, proxies and the object store. Used by one thread; owns the processes, not network and directory.
 */
final class ZonedCluster implements AutoCloseable {
    private static final String KAFKA = "kafka.Kafka";
    private static final int BROKER_PORT = 9092;
    private static final int CONTROLLER_PORT = 9093;
    private static final int RELAY_PORT = 9094;
    private static final int PROXY_PORT = 9095;
    private static final int ADMIN_PORT = 8080;
    private static final int S3_PORT = 9000;
    private static final Duration S3_ANSWER = Duration.ofMinutes(1);

    private final SystemUnderTest contestant;
    private final ZoneNetwork network;
    private final Path directory;
    private final Options options;
    private final ZoneLayout layout;
    private final ServerSettings settings;
    private final List<JavaProcess> brokers = new ArrayList<>();
    private final List<JavaProcess> proxies = new ArrayList<>();
    private @Nullable JsonLineProcess s3;

    private ZonedCluster(SystemUnderTest contestant, ZoneNetwork network, Path directory, Options options) {
        this.contestant = contestant;
        this.network = network;
        this.directory = directory;
        this.options = options;
        this.layout = layout(network);
        this.settings = new ServerSettings(
                layout,
                Uuid.randomUuid().toString(),
                directory,
                "http://" + network.regionAddress() + ":" + S3_PORT,
                options.brokerExtra(),
                options.proxyExtra());
    }

    /**
     * @param jvm options of all servers
     * @param brokerExtra settings of brokers, Narrows' own among them, that win over all others
     * @param proxyExtra the same of proxies
     * @param s3Latency as {@code narrows s3 --latency} takes it
     */
    record Options(
            List<String> jvm, Map<String, String> brokerExtra, Map<String, String> proxyExtra, String s3Latency) {
        Options {
            jvm = List.copyOf(jvm);
            brokerExtra = Map.copyOf(brokerExtra);
            proxyExtra = Map.copyOf(proxyExtra);
        }
    }

    static ZonedCluster start(SystemUnderTest contestant, ZoneNetwork network, Path directory, Options options)
            throws IOException, InterruptedException {
        ZonedCluster cluster = new ZonedCluster(contestant, network, directory, options);
        try {
            cluster.startAll();
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static ZoneLayout layout(ZoneNetwork network) {
        return new ZoneLayout(
                network.zones().stream()
                        .map(zone -> new ZoneLayout.Place(
                                zone, network.zoneAddress(zone), BROKER_PORT, RELAY_PORT, PROXY_PORT, ADMIN_PORT))
                        .toList(),
                CONTROLLER_PORT);
    }

    private void startAll() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        if (!contestant.isStock()) {
            startS3();
        }
        server("controller", 0, settings.controller());
        for (int zone = 0; zone < layout.places().size(); zone++) {
            Properties properties = contestant.isStock() ? settings.stockBroker(zone) : settings.broker(zone);
            server("broker-" + layout.zones().get(zone), zone, properties);
        }
        if (contestant.hasProxies()) {
            for (int zone = 0; zone < layout.places().size(); zone++) {
                startProxy(zone);
            }
        }
    }

    private void startS3() throws IOException, InterruptedException {
        List<String> arguments = List.of(
                "bench",
                "s3",
                "--host",
                network.regionAddress(),
                "--port",
                Integer.toString(S3_PORT),
                "--dir",
                s3Directory().toString(),
                "--bucket",
                ServerSettings.BUCKET,
                "--latency",
                options.s3Latency());
        JavaCommand command = JavaCommand.narrows(options.jvm(), arguments).behind(network.inRegion());
        JsonLineProcess started = JsonLineProcess.start("s3", command, log("s3"));
        s3 = started;
        JsonNode unused = started.ask("counters", S3_ANSWER);
    }

    /** Stock servers are Kafka's own main class on a class path without ours; Narrows runs controllers, too. */
    private void server(String name, int zone, Properties properties) throws IOException {
        StorageFormat.format(properties, settings.clusterId());
        Path file = write(name, properties);
        JavaCommand command = contestant.isStock()
                ? JavaCommand.foreign(KAFKA, stockJvm(), List.of(file.toString()))
                : JavaCommand.narrows(options.jvm(), List.of("broker", "--config", file.toString()));
        brokers.add(JavaProcess.start(name, inZone(command, zone), log(name)));
    }

    private List<String> stockJvm() throws IOException {
        Path logging = directory.resolve("log4j2.properties");
        Files.writeString(logging, """
                rootLogger.level = WARN
                rootLogger.appenderRef.out.ref = out
                appender.out.type = Console
                appender.out.name = out
                appender.out.layout.type = PatternLayout
                appender.out.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1}: %m%n
                """);
        List<String> jvm = new ArrayList<>(options.jvm());
        jvm.add("-Dlog4j2.configurationFile=" + logging);
        return jvm;
    }

    private void startProxy(int zone) throws IOException {
        String name = "proxy-" + layout.zones().get(zone);
        Path file = write(name, settings.proxy(zone));
        JavaCommand command = JavaCommand.narrows(options.jvm(), List.of("proxy", "--config", file.toString()));
        proxies.add(JavaProcess.start(name, inZone(command, zone), log(name)));
    }

    private JavaCommand inZone(JavaCommand command, int zone) {
        return command.behind(network.inZone(layout.zones().get(zone)));
    }

    private Path write(String name, Properties properties) throws IOException {
        Path file = directory.resolve(name + ".properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
        return file;
    }

    private Path log(String name) {
        return directory.resolve("logs").resolve(name + ".log");
    }

    private Path s3Directory() {
        return directory.resolve("s3");
    }

    ZoneLayout layout() {
        return layout;
    }

    /** Where producers of a zone connect. */
    String produceBootstrap(int zone) {
        return contestant.hasProxies() ? layout.proxyAddress(zone) : layout.brokerBootstrap(zone);
    }

    /** Addresses, inside the zones, whose {@code /readyz} says when proxies are ready. */
    List<String> readyUrls() {
        return contestant.hasProxies()
                ? Stream.iterate(0, zone -> zone + 1)
                        .limit(layout.places().size())
                        .map(zone -> "http://" + layout.adminAddress(zone) + "/readyz")
                        .toList()
                : List.of();
    }

    /** Fails with the log's end when a server has ended by itself. */
    void requireAlive() {
        Stream.concat(brokers.stream(), proxies.stream())
                .filter(process -> !process.isAlive())
                .findFirst()
                .ifPresent(process -> {
                    throw new IllegalStateException(process.name() + " has ended:\n" + process.tail(30));
                });
    }

    ProcessStat brokerStat() {
        return sum(brokers);
    }

    ProcessStat proxyStat() {
        return sum(proxies);
    }

    ProcessStat s3Stat() {
        JsonLineProcess server = s3;
        return server == null
                ? new ProcessStat(0, 0)
                : ProcessStat.of(server.process().pid());
    }

    private static ProcessStat sum(List<JavaProcess> processes) {
        return processes.stream()
                .map(process -> ProcessStat.of(process.pid()))
                .reduce(new ProcessStat(0, 0), ProcessStat::plus);
    }

    S3Requests s3Requests() throws InterruptedException {
        JsonLineProcess server = s3;
        return server == null ? S3Requests.NONE : S3Requests.of(server.ask("counters", S3_ANSWER));
    }

    /** What the brokers' logs take on disk, blocks counted: Kafka's index files are mostly holes. */
    long brokerDiskBytes() {
        long sum = 0;
        for (int zone = 0; zone < layout.places().size(); zone++) {
            sum += DiskUse.bytes(directory.resolve("node-" + layout.brokerId(zone)));
        }
        return sum;
    }

    @Override
    public void close() {
        proxies.forEach(JavaProcess::close);
        brokers.forEach(JavaProcess::close);
        JsonLineProcess server = s3;
        if (server != null) {
            server.close();
        }
    }
}
