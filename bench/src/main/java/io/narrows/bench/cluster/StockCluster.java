package io.narrows.bench.cluster;

import io.narrows.broker.server.StorageFormat;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.cluster.ServerSettings;
import io.narrows.cli.cluster.ZoneLayout;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.Uuid;

/**
 * Apache Kafka's own servers on loopback ports, without any class of ours: a controller and three brokers, with the
 * settings that brokers of Narrows have. Used by one thread, which blocks; owns the processes, not the directory.
 */
public final class StockCluster implements AutoCloseable {
    private static final String KAFKA = "kafka.Kafka";
    private static final List<String> JVM = List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private static final Duration START = Duration.ofSeconds(90);

    private final ZoneLayout layout = ZoneLayout.threeZones();
    private final Path directory;
    private final ServerSettings settings;
    private final List<JavaProcess> processes = new ArrayList<>();

    private StockCluster(Path directory, Map<String, String> brokerExtra) {
        this.directory = directory;
        this.settings =
                new ServerSettings(layout, Uuid.randomUuid().toString(), directory, "none", brokerExtra, Map.of());
    }

    public static StockCluster start(Path directory, Map<String, String> brokerExtra)
            throws IOException, InterruptedException {
        StockCluster cluster = new StockCluster(directory, brokerExtra);
        try {
            cluster.startAll();
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void startAll() throws IOException, InterruptedException {
        Map<String, Properties> nodes = new LinkedHashMap<>();
        nodes.put("controller", settings.controller());
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            nodes.put("broker-" + layout.brokerId(zone), settings.stockBroker(zone));
        }
        for (Map.Entry<String, Properties> node : nodes.entrySet()) {
            processes.add(launch(node.getKey(), node.getValue()));
        }
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            await(processes.get(zone + 1), layout.brokerPorts().get(zone));
        }
    }

    private JavaProcess launch(String name, Properties properties) throws IOException {
        StorageFormat.format(properties, settings.clusterId());
        Path file = directory.resolve(name + ".properties");
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        }
        JavaCommand command = JavaCommand.foreign(KAFKA, JVM, List.of(file.toString()));
        return JavaProcess.start(name, command, directory.resolve("logs").resolve(name + ".log"));
    }

    private static void await(JavaProcess process, int port) throws InterruptedException {
        boolean ready = Ready.await(START, () -> !process.isAlive() || Ready.accepts(port));
        if (!ready || !process.isAlive()) {
            throw new IllegalStateException(process.name() + " did not start:\n" + process.tail(30));
        }
    }

    /** All brokers. */
    public String bootstrap() {
        return layout.brokerBootstrap(0);
    }

    @Override
    public void close() {
        processes.forEach(JavaProcess::close);
    }
}
