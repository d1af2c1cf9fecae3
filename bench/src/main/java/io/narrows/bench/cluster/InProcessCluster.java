package io.narrows.bench.cluster;

import io.narrows.bench.cost.CrossZone;
import io.narrows.bench.load.ZoneEndpoints;
import io.narrows.broker.kafka.NarrowsServer;
import io.narrows.broker.kafka.StorageFormat;
import io.narrows.relay.SuppressForbidden;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.s3server.EmbeddedS3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.common.Uuid;

/**
 * Three zones in this JVM: the S3 server over HTTP, a controller, and per zone a broker and a proxy, all on loopback
 * ports. Started and closed by one thread, which blocks meanwhile; owns all servers, not the directory.
 */
public final class InProcessCluster implements AutoCloseable {
    private final ZoneLayout layout = ZoneLayout.threeZones();
    private final String token = Uuid.randomUuid().toString();
    private final EmbeddedS3Server s3;
    private final ServerSettings settings;
    private final List<NarrowsServer> servers = new ArrayList<>();

    private InProcessCluster(Path directory, EmbeddedS3Server s3, ClusterOptions options) {
        this.s3 = s3;
        Map<String, String> brokerExtra = new HashMap<>(options.brokerExtra());
        brokerExtra.put("metric.reporters", BrokerCounters.class.getName());
        brokerExtra.put(BrokerCounters.TOKEN_CONFIG, token);
        this.settings = new ServerSettings(
                layout,
                Uuid.randomUuid().toString(),
                directory,
                s3.endpoint().toString(),
                brokerExtra,
                options.proxyExtra());
    }

    /** What differs from cluster to cluster. */
    public record ClusterOptions(EmbeddedS3Config s3, Map<String, String> brokerExtra, Map<String, String> proxyExtra) {
        public ClusterOptions {
            brokerExtra = Map.copyOf(brokerExtra);
            proxyExtra = Map.copyOf(proxyExtra);
        }
    }

    public static InProcessCluster start(Path directory, ClusterOptions options) throws IOException {
        EmbeddedS3Server s3 = EmbeddedS3Server.start(options.s3());
        InProcessCluster cluster = new InProcessCluster(directory, s3, options);
        try {
            cluster.startServers();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void startServers() {
        List<Properties> all = new ArrayList<>();
        all.add(settings.controller());
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            all.add(settings.broker(zone));
        }
        ExecutorService pool = Executors.newFixedThreadPool(all.size());
        try {
            List<Future<?>> starts = new ArrayList<>();
            all.forEach(properties -> starts.add(pool.submit(() -> startServer(properties))));
            starts.forEach(InProcessCluster::await);
        } finally {
            pool.shutdown();
        }
    }

    private void startServer(Properties properties) {
        StorageFormat.format(properties, settings.clusterId());
        NarrowsServer server = NarrowsServer.of(properties);
        synchronized (servers) {
            servers.add(server);
        }
        server.start();
    }

    @SuppressForbidden("a command's main thread waits for its servers to start")
    private static void await(Future<?> start) {
        try {
            start.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a server did not start: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while servers started", e);
        }
    }

    public ZoneLayout layout() {
        return layout;
    }

    public EmbeddedS3Server s3() {
        return s3;
    }

    /** Where clients of each zone connect. */
    public List<ZoneEndpoints> endpoints() {
        List<ZoneEndpoints> endpoints = new ArrayList<>();
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            String brokers = layout.brokerBootstrap(zone);
            endpoints.add(new ZoneEndpoints(layout.zones().get(zone), brokers, brokers));
        }
        return endpoints;
    }

    /** Bytes between zones that the servers have counted so far; what clients count is not in it. */
    public CrossZone serverTraffic() {
        long replication = 0;
        long metadata = 0;
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            BrokerCounters counters = BrokerCounters.of(token, layout.brokerId(zone));
            if (counters == null) {
                continue;
            }
            for (int leader = 0; leader < layout.zones().size(); leader++) {
                replication += leader == zone ? 0 : counters.replicationBytes(layout.brokerId(leader));
            }
            boolean sameZone = layout.zones().get(zone).equals(layout.controllerZone());
            metadata += sameZone ? 0 : counters.controllerBytes();
        }
        return new CrossZone(0, replication, 0, 0, metadata);
    }

    /** Brokers first, the controller last, so that brokers can hand over. */
    @Override
    public void close() {
        List<NarrowsServer> running;
        synchronized (servers) {
            running = new ArrayList<>(servers);
            servers.clear();
        }
        running.sort((a, b) -> Boolean.compare(a.broker() == null, b.broker() == null));
        running.forEach(NarrowsServer::close);
        s3.close();
        BrokerCounters.forget(token);
    }
}
