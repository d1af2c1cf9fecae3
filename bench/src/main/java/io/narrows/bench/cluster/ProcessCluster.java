package io.narrows.bench.cluster;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.cluster.ServerSettings;
import io.narrows.cli.cluster.ZoneLayout;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
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
 * Three zones as processes on loopback ports: a controller, and per zone a broker and a proxy, each of which can be
 * killed, paused and restarted on its disk. The S3 server runs in this process, so that its faults can be switched.
 * Used by one thread, which blocks; owns the processes and the S3 server, not the directory.
 */
public final class ProcessCluster implements AutoCloseable {
    /** A process that starts may take as long as it likes while its log grows: it may have thousands of logs to recover. */
    private static final Duration SILENCE = Duration.ofSeconds(90);

    private final ZoneLayout layout = ZoneLayout.threeZones();
    private final Path directory;
    private final Jvms jvms;
    private final EmbeddedS3Server s3;
    private final ServerSettings settings;
    private final Map<String, JavaProcess> processes = new LinkedHashMap<>();

    private ProcessCluster(Path directory, ClusterOptions options, Jvms jvms) {
        this.directory = directory;
        this.jvms = jvms;
        this.s3 = EmbeddedS3Server.start(options.s3());
        s3.createBucket(ServerSettings.BUCKET);
        this.settings = new ServerSettings(
                layout,
                Uuid.randomUuid().toString(),
                directory,
                s3.endpoint().toString(),
                options.brokerExtra(),
                options.proxyExtra());
    }

    /** JVM options by kind of process, for example {@code -Xmx512m}, and where their output goes. */
    public record Jvms(String broker, String proxy, Path logs) {
        /** What the documentation promises to be enough. */
        public static Jvms small(Path logs) {
            return new Jvms("-Xmx512m", "-Xmx256m", logs);
        }

        /** The same with one more option. */
        public Jvms with(String option) {
            return new Jvms(broker + " " + option, proxy + " " + option, logs);
        }
    }

    public static ProcessCluster start(Path directory, ClusterOptions options, Jvms jvms)
            throws IOException, InterruptedException {
        ProcessCluster cluster = new ProcessCluster(directory, options, jvms);
        try {
            cluster.startAll();
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /** In the directory, without faults. */
    public static ClusterOptions options(Path directory) {
        return new ClusterOptions(EmbeddedS3Config.inDirectory(directory.resolve("s3")), Map.of(), Map.of());
    }

    private void startAll() throws IOException, InterruptedException {
        launch("controller", "broker", jvms.broker(), settings.controller());
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            launch(brokerName(zone), "broker", jvms.broker(), settings.broker(zone));
        }
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            awaitBroker(zone);
        }
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            launch(proxyName(zone), "proxy", jvms.proxy(), settings.proxy(zone));
        }
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            awaitProxy(zone);
        }
    }

    private void launch(String name, String command, String heap, Properties properties) throws IOException {
        Path config = directory.resolve(name + ".properties");
        Files.createDirectories(directory);
        try (Writer writer = Files.newBufferedWriter(config)) {
            properties.store(writer, null);
        }
        List<String> jvm = new ArrayList<>(List.of(heap.split(" ")));
        jvm.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dnarrows.log.level=INFO"));
        List<String> arguments = new ArrayList<>(List.of(command, "--config", config.toString()));
        if (command.equals("broker")) {
            arguments.addAll(List.of("--cluster-id", settings.clusterId()));
        }
        Path log = jvms.logs().resolve(name + ".log");
        processes.put(name, JavaProcess.start(name, jvm, arguments, log));
    }

    private void awaitBroker(int zone) throws InterruptedException {
        await(brokerName(zone), layout.brokerPorts().get(zone));
    }

    private void awaitProxy(int zone) throws InterruptedException {
        await(proxyName(zone), layout.proxyPorts().get(zone));
    }

    private void await(String name, int port) throws InterruptedException {
        JavaProcess process = process(name);
        long said;
        boolean ready;
        do {
            said = process.logBytes();
            ready = Ready.await(SILENCE, () -> !process.isAlive() || Ready.accepts(port));
        } while (!ready && process.logBytes() > said);
        if (!ready || !process.isAlive()) {
            throw new IllegalStateException(name + " did not start:\n" + process.tail(30));
        }
    }

    /** Starts the zone's broker again, on the disk it had. */
    public void restartBroker(int zone) throws IOException, InterruptedException {
        launch(brokerName(zone), "broker", jvms.broker(), settings.broker(zone));
        awaitBroker(zone);
    }

    /** Starts the brokers of all zones again concurrently: each may need the others to have leaders. */
    public void restartBrokers() throws IOException, InterruptedException {
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            launch(brokerName(zone), "broker", jvms.broker(), settings.broker(zone));
        }
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            awaitBroker(zone);
        }
    }

    public void restartProxy(int zone) throws IOException, InterruptedException {
        launch(proxyName(zone), "proxy", jvms.proxy(), settings.proxy(zone));
        awaitProxy(zone);
    }

    public JavaProcess broker(int zone) {
        return process(brokerName(zone));
    }

    public JavaProcess proxy(int zone) {
        return process(proxyName(zone));
    }

    private JavaProcess process(String name) {
        JavaProcess process = processes.get(name);
        if (process == null) {
            throw new IllegalArgumentException("no process " + name);
        }
        return process;
    }

    private String brokerName(int zone) {
        return "broker-" + layout.zones().get(zone);
    }

    private String proxyName(int zone) {
        return "proxy-" + layout.zones().get(zone);
    }

    public ZoneLayout layout() {
        return layout;
    }

    public EmbeddedS3Server s3() {
        return s3;
    }

    /** Producers connect to their zone's proxy, consumers to brokers. */
    public List<ZoneEndpoints> endpoints() {
        return layout.endpoints();
    }

    @Override
    public void close() {
        processes.values().forEach(JavaProcess::close);
        s3.close();
    }
}
