package io.narrows.broker.server;

import io.narrows.testing.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;

/**
 * Three brokers in zones a, b and c, with ids 1 to 3, in this JVM; broker 1 is also the controller. Used by one test
 * thread; owns its servers, not the directory.
 */
public final class TestCluster implements AutoCloseable {
    private final Path directory;
    private final Properties extra;
    private final Servers kind;
    private final String clusterId = Uuid.randomUuid().toString();
    private final int controllerPort = FreePorts.take();
    private final Map<Integer, Integer> ports = new TreeMap<>();
    private final Map<Integer, AutoCloseable> servers = new TreeMap<>();

    /** Makes the server with an id, and gives it to the cluster before it starts it. */
    @FunctionalInterface
    interface Servers {
        void start(int id, Properties properties, Consumer<AutoCloseable> made);

        /** As brokers are started by the command line: all parts come from the properties. */
        static Servers narrows() {
            return (id, properties, made) -> start(NarrowsServer.of(properties), made);
        }

        static Servers narrows(IntFunction<BrokerParts> parts) {
            return (id, properties, made) -> start(new NarrowsServer(properties, parts.apply(id)), made);
        }

        private static void start(NarrowsServer server, Consumer<AutoCloseable> made) {
            made.accept(server);
            server.start();
        }

        /** Kafka's own. */
        static Servers stock() {
            return (id, properties, made) -> {
                KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties, false), Time.SYSTEM);
                made.accept(server::shutdown);
                server.startup();
            };
        }
    }

    public TestCluster(Path directory, Properties extra, IntFunction<BrokerParts> parts) {
        this(directory, extra, Servers.narrows(parts));
    }

    TestCluster(Path directory, Properties extra, Servers kind) {
        this.directory = directory;
        this.extra = extra;
        this.kind = kind;
        IntStream.rangeClosed(1, 3).forEach(id -> ports.put(id, FreePorts.take()));
        ExecutorService pool = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> starts = new ArrayList<>();
            ports.keySet().forEach(id -> starts.add(pool.submit(() -> start(id))));
            for (Future<?> start : starts) {
                start.get();
            }
        } catch (Exception e) {
            close();
            throw new IllegalStateException("the cluster did not start", e);
        } finally {
            pool.shutdown();
        }
    }

    public void start(int id) {
        Properties properties = properties(id);
        if (StorageFormat.isUnformatted(properties)) {
            StorageFormat.format(properties, clusterId);
        }
        kind.start(id, properties, server -> {
            synchronized (servers) {
                servers.put(id, server);
            }
        });
    }

    public void stop(int id) {
        AutoCloseable server;
        synchronized (servers) {
            server = servers.remove(id);
        }
        if (server != null) {
            Utils.closeQuietly(server, "server " + id);
        }
    }

    /** A Narrows server. */
    public NarrowsServer server(int id) {
        synchronized (servers) {
            return (NarrowsServer) servers.get(id);
        }
    }

    public int port(int id) {
        return ports.get(id);
    }

    public String bootstrap() {
        return ports.values().stream().map(port -> "localhost:" + port).collect(Collectors.joining(","));
    }

    public String clusterId() {
        return clusterId;
    }

    public Path logDir(int id) {
        return directory.resolve("broker-" + id);
    }

    public Properties properties(int id) {
        Properties p = new Properties();
        p.put("node.id", Integer.toString(id));
        p.put("process.roles", id == 1 ? "broker,controller" : "broker");
        String listener = "PLAINTEXT://localhost:" + ports.get(id);
        p.put("listeners", id == 1 ? listener + ",CONTROLLER://localhost:" + controllerPort : listener);
        p.put("advertised.listeners", listener);
        p.put("controller.quorum.voters", "1@localhost:" + controllerPort);
        p.put("controller.listener.names", "CONTROLLER");
        p.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT");
        p.put("log.dirs", logDir(id).toString());
        p.put("broker.rack", String.valueOf((char) ('a' + id - 1)));
        p.put("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector");
        p.put("num.io.threads", "2");
        p.put("num.network.threads", "1");
        p.put("background.threads", "2");
        p.put("num.recovery.threads.per.data.dir", "1");
        p.put("offsets.topic.num.partitions", "1");
        p.put("offsets.topic.replication.factor", "3");
        p.put("transaction.state.log.num.partitions", "1");
        p.put("transaction.state.log.replication.factor", "3");
        p.put("transaction.state.log.min.isr", "2");
        p.put("share.coordinator.state.topic.num.partitions", "1");
        p.put("share.coordinator.state.topic.replication.factor", "3");
        p.put("share.coordinator.state.topic.min.isr", "2");
        p.put("group.initial.rebalance.delay.ms", "0");
        p.put("log.cleaner.dedupe.buffer.size", "2097152");
        p.put("log.index.size.max.bytes", "65536");
        p.put("controlled.shutdown.retry.backoff.ms", "100");
        p.putAll(extra);
        return p;
    }

    @Override
    public void close() {
        // The controller goes last, so that the others can hand over.
        List.copyOf(ports.keySet()).stream().sorted((a, b) -> b - a).forEach(this::stop);
    }
}
