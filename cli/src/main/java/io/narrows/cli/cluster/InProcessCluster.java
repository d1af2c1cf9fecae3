package io.narrows.cli.cluster;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.server.NarrowsServer;
import io.narrows.broker.server.StorageFormat;
import io.narrows.cli.cost.CrossZone;
import io.narrows.cli.load.ZoneEndpoints;
import io.narrows.proxy.ZoneProxy;
import io.narrows.proxy.config.ProxyConfigParser;
import io.narrows.relay.SuppressForbidden;
import io.narrows.router.lane.SentForm;
import io.narrows.router.produce.LatencyCounts;
import io.narrows.s3server.EmbeddedS3Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
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
    private static final Duration PROXIES_READY = Duration.ofSeconds(60);

    private final ZoneLayout layout = ZoneLayout.threeZones();
    private final String token = Uuid.randomUuid().toString();
    private final EmbeddedS3Server s3;
    private final ServerSettings settings;
    private final Map<Integer, NarrowsServer> servers = new ConcurrentHashMap<>();
    private final int proxiesPerZone;
    private final Map<Integer, List<ZoneProxy>> proxies = new ConcurrentHashMap<>();

    private InProcessCluster(Path directory, ClusterOptions options) {
        proxiesPerZone = options.proxiesPerZone();
        s3 = EmbeddedS3Server.start(options.s3());
        s3.createBucket(ServerSettings.BUCKET);
        Map<String, String> brokerExtra = new HashMap<>(options.brokerExtra());
        brokerExtra.put("metric.reporters", BrokerCounters.class.getName());
        brokerExtra.put(BrokerCounters.TOKEN_CONFIG, token);
        settings = new ServerSettings(
                layout,
                Uuid.randomUuid().toString(),
                directory,
                s3.endpoint().toString(),
                brokerExtra,
                options.proxyExtra());
    }

    public static InProcessCluster start(Path directory, ClusterOptions options) throws InterruptedException {
        InProcessCluster cluster = new InProcessCluster(directory, options);
        try {
            cluster.startServers();
            cluster.startProxies();
            return cluster;
        } catch (InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void startServers() {
        Map<Integer, Properties> all = new HashMap<>();
        all.put(ZoneLayout.CONTROLLER_ID, settings.controller());
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            all.put(layout.brokerId(zone), settings.broker(zone));
        }
        inParallel(all.entrySet().stream()
                .map(node -> (Runnable) () -> startServer(node.getKey(), node.getValue()))
                .toList());
    }

    private void startServer(int id, Properties properties) {
        StorageFormat.format(properties, settings.clusterId());
        NarrowsServer server = NarrowsServer.of(properties);
        servers.put(id, server);
        server.start();
    }

    private void startProxies() throws InterruptedException {
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            List<ZoneProxy> ofZone = new ArrayList<>();
            proxies.put(zone, ofZone);
            for (int number = 1; number <= proxiesPerZone; number++) {
                ofZone.add(ZoneProxy.start(ProxyConfigParser.parse(proxySettings(zone, number))));
            }
        }
        for (ZoneProxy proxy : allProxies()) {
            if (!Ready.await(PROXIES_READY, () -> proxy.notReady().isEmpty())) {
                throw new IllegalStateException("a proxy is not ready: " + proxy.notReady());
            }
        }
    }

    /** The first one is the zone's address in the layout; clients learn of the others from it. */
    private Map<String, String> proxySettings(int zone, int number) {
        Map<String, String> values = new HashMap<>();
        settings.proxy(zone).forEach((key, value) -> values.put(key.toString(), value.toString()));
        if (proxiesPerZone > 1) {
            values.put("gateway.group", "local");
            values.put("gateway.secrets", "local=" + token);
            values.put("writer.id", values.get("writer.id") + "-" + number);
        }
        if (number > 1) {
            List<Integer> ports = FreePorts.take(2);
            String host = layout.places().get(zone).host();
            values.put("listeners", "PLAINTEXT://" + host + ":" + ports.get(0));
            values.put("admin.listener", host + ":" + ports.get(1));
        }
        return values;
    }

    private List<ZoneProxy> allProxies() {
        return proxies.values().stream().flatMap(List::stream).toList();
    }

    private static void inParallel(List<Runnable> tasks) {
        ExecutorService pool = Executors.newFixedThreadPool(tasks.size());
        try {
            List<Future<?>> running = new ArrayList<>();
            tasks.forEach(task -> running.add(pool.submit(task)));
            running.forEach(InProcessCluster::await);
        } finally {
            pool.shutdown();
        }
    }

    @SuppressForbidden("a command's main thread waits for its servers to start and to stop")
    private static void await(Future<?> start) {
        try {
            start.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a server failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while servers started or stopped", e);
        }
    }

    public ZoneLayout layout() {
        return layout;
    }

    public EmbeddedS3Server s3() {
        return s3;
    }

    /** Where clients of each zone connect: all of them to their proxy. */
    public List<ZoneEndpoints> proxyEndpoints() {
        return layout.proxyEndpoints();
    }

    /** Where clients of each zone connect: producers to their proxy, consumers to brokers. */
    public List<ZoneEndpoints> endpoints() {
        return layout.endpoints();
    }

    /** Bytes between zones that servers and proxies have counted so far; what clients count is not in it. */
    public CrossZone serverTraffic() {
        long replication = 0;
        long relay = 0;
        long metadata = 0;
        long consume = 0;
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            BrokerCounters counters = BrokerCounters.of(token, layout.brokerId(zone));
            String name = layout.zones().get(zone);
            if (counters != null) {
                for (int leader = 0; leader < layout.zones().size(); leader++) {
                    replication += leader == zone ? 0 : counters.replicationBytes(layout.brokerId(leader));
                }
                metadata += name.equals(layout.controllerZone()) ? 0 : counters.controllerBytes();
            }
            for (ZoneProxy proxy : proxies.getOrDefault(zone, List.of())) {
                relay += ProxyCounters.relayBytes(proxy.metrics(), name);
                metadata += ProxyCounters.upstreamBytes(proxy.metrics(), name);
                consume += ProxyCounters.fetchBytes(proxy.metrics(), name);
            }
        }
        return new CrossZone(0, replication, consume, relay, metadata);
    }

    /** From the arrival of a batch at its proxy to the answer, over all proxies and since their start. */
    public Map<SentForm, LatencyCounts> ackLatency() {
        Map<SentForm, LatencyCounts> sum = new EnumMap<>(SentForm.class);
        for (SentForm form : SentForm.values()) {
            for (ZoneProxy proxy : allProxies()) {
                sum.merge(form, ProxyCounters.ackLatency(proxy.metrics(), form), LatencyCounts::plus);
            }
        }
        return sum;
    }

    /** Batches that leaders have committed so far. */
    public Batches batches() {
        long link = 0;
        long inline = 0;
        for (NarrowsServer server : servers.values()) {
            MetricRegistry metrics = server.metrics();
            link += metrics.counter(BrokerMetrics.PREFIX + "link.batches").getCount();
            inline += metrics.counter(BrokerMetrics.PREFIX + "inline.batches").getCount();
        }
        return new Batches(link, inline);
    }

    /** Batches that leaders committed as links and as they are. */
    public record Batches(long link, long inline) {
        public Batches minus(Batches start) {
            return new Batches(link - start.link, inline - start.inline);
        }
    }

    /** The first one of the zone. */
    public ZoneProxy proxy(int zone) {
        return proxies(zone).get(0);
    }

    public List<ZoneProxy> proxies(int zone) {
        return proxies.getOrDefault(zone, List.of());
    }

    /** What the local segments of a topic take on the brokers' disks. */
    public long logFileBytes(String topic) {
        long bytes = 0;
        for (int zone = 0; zone < layout.zones().size(); zone++) {
            bytes += settings.logFileBytes(layout.brokerId(zone), topic);
        }
        return bytes;
    }

    public NarrowsServer broker(int zone) {
        NarrowsServer server = servers.get(layout.brokerId(zone));
        if (server == null) {
            throw new IllegalArgumentException("no broker in zone " + zone);
        }
        return server;
    }

    /** Proxies first, then brokers, the controller last, so that all can hand over. */
    @Override
    public void close() {
        if (!allProxies().isEmpty()) {
            inParallel(
                    allProxies().stream().map(proxy -> (Runnable) proxy::close).toList());
        }
        NarrowsServer controller = servers.remove(ZoneLayout.CONTROLLER_ID);
        if (!servers.isEmpty()) {
            inParallel(servers.values().stream()
                    .map(server -> (Runnable) server::close)
                    .toList());
        }
        if (controller != null) {
            controller.close();
        }
        s3.close();
        BrokerCounters.forget(token);
    }
}
