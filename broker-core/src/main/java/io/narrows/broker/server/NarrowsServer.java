package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.jmx.JmxReporter;
import io.narrows.broker.config.BrokerConfig;
import io.narrows.broker.config.BrokerSettings;
import io.narrows.broker.replica.ReplicationBytes;
import io.narrows.relay.Checks;
import io.narrows.relay.metrics.ProcessMetrics;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.server.ProcessRole;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * One Narrows process: Kafka's broker, its KRaft controller, or both, as {@code process.roles} says; takes the place of
 * Kafka's {@code KafkaRaftServer}. Started and stopped by one thread, which blocks meanwhile.
 */
public final class NarrowsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NarrowsServer.class);

    private final KafkaConfig config;
    private final Metrics metrics;
    private final MetricRegistry registry;
    private final @Nullable Own own;
    private final @Nullable NarrowsBrokerServer broker;
    private final @Nullable ControllerServer controller;
    private final JmxReporter jmx;
    private final ServerAdmin admin;
    private final String clusterId;
    private final AtomicBoolean closed = new AtomicBoolean();
    private boolean started;
    private volatile @Nullable GarbageCollection garbage;

    /** What a server made of its properties itself, and so closes. */
    private record Own(BrokerSettings settings, BrokerComponents components) {}

    /**
     * A server as its properties say. The log directories must have been formatted, see {@link StorageFormat}. Throws
     * {@link org.apache.kafka.common.config.ConfigException} for settings it can not start with.
     */
    public static NarrowsServer of(Properties properties) {
        Properties complete = ServerProperties.complete(properties);
        MetricRegistry registry = new MetricRegistry();
        if (!ServerProperties.isBroker(complete)) {
            return new NarrowsServer(complete, registry, null, null);
        }
        BrokerSettings settings = BrokerConfig.parse(complete);
        BrokerComponents components = new BrokerComponents(settings, registry);
        try {
            return new NarrowsServer(
                    complete,
                    registry,
                    new Own(settings, components),
                    components.parts(LeaderExtension.of(settings, components)));
        } catch (RuntimeException e) {
            components.close();
            throw e;
        }
    }

    /** A server on parts that the caller owns. */
    public NarrowsServer(Properties properties, BrokerParts parts) {
        this(ServerProperties.complete(properties), parts.reads().metrics().registry(), null, parts);
    }

    private NarrowsServer(
            Properties properties, MetricRegistry registry, @Nullable Own own, @Nullable BrokerParts parts) {
        this.registry = registry;
        this.own = own;
        config = KafkaConfig.fromProps(properties, false);
        String prefix = "[NarrowsServer nodeId=" + config.nodeId() + "] ";
        Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> directories =
                KafkaRaftServer.initializeLogDirs(config, LOG, prefix);
        MetaPropertiesEnsemble ensemble = directories._1();
        clusterId = ensemble.clusterId().orElseThrow();
        metrics = Server.initializeMetrics(config, Time.SYSTEM, clusterId);
        NarrowsSharedServer shared = new NarrowsSharedServer(config, ensemble, metrics);
        broker = parts != null && config.processRoles().contains(ProcessRole.BrokerRole)
                ? new NarrowsBrokerServer(shared, parts)
                : null;
        controller = config.processRoles().contains(ProcessRole.ControllerRole)
                ? new NarrowsControllerServer(shared, directories._2())
                : null;
        jmx = jmx(registry, config.nodeId());
        admin = new ServerAdmin(new ServerAdmin.Subject(config, registry, clusterId, broker), properties);
        if (own != null) {
            admin.readiness().warning("store", own.components().storeCheck()::problem);
        }
        if (broker != null) {
            countReplication(broker);
        }
    }

    private void countReplication(NarrowsBrokerServer counted) {
        ReplicationBytes bytes = new ReplicationBytes(config.rack().orElse(""), counted::zoneOf);
        metrics.addReporter(bytes);
        ProcessMetrics.zoneBytes(registry, "replication", bytes::sums);
    }

    private static JmxReporter jmx(MetricRegistry registry, int nodeId) {
        return JmxReporter.forRegistry(registry)
                .inDomain("io.narrows.broker")
                .createsObjectNamesWith((type, domain, name) -> {
                    try {
                        return new ObjectName(domain + ":type=" + type + ",node=" + nodeId + ",name=" + name);
                    } catch (MalformedObjectNameException e) {
                        throw new IllegalArgumentException("invalid metric name: " + name, e);
                    }
                })
                .build();
    }

    /** Starts the controller, then the broker; returns when the broker serves clients. */
    public void start() {
        Checks.invariant(!started, "the server was already started");
        started = true;
        admin.start();
        jmx.start();
        if (controller != null) {
            controller.startup();
        }
        if (broker != null) {
            startBroker(broker);
        }
        AppInfoParser.registerAppInfo(
                Server.MetricsPrefix(), Integer.toString(config.nodeId()), metrics, Time.SYSTEM.milliseconds());
        admin.state(ServerAdmin.State.SERVING);
    }

    private void startBroker(NarrowsBrokerServer starting) {
        if (own == null) {
            starting.startup();
            return;
        }
        own.components().storeCheck().start();
        GarbageCollection collection =
                GarbageCollection.start(starting, own.settings().gc(), own.components());
        garbage = collection;
        starting.startup();
        collection.brokerStarted();
    }

    /** The broker, or null in a process that is only a controller. */
    public @Nullable NarrowsBrokerServer broker() {
        return broker;
    }

    /** What Narrows counts in this process. */
    public MetricRegistry metrics() {
        return registry;
    }

    /** Where the admin endpoint listens; -1 if it does not. */
    public int adminPort() {
        return admin.port();
    }

    public String clusterId() {
        return clusterId;
    }

    public KafkaConfig config() {
        return config;
    }

    /** Hands over leaderships, then stops the broker and the controller; does nothing the second time. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        admin.state(ServerAdmin.State.STOPPING);
        GarbageCollection collection = garbage;
        if (collection != null) {
            collection.close();
        }
        if (broker != null) {
            broker.shutdown();
        }
        if (controller != null) {
            controller.shutdown();
        }
        AppInfoParser.unregisterAppInfo(Server.MetricsPrefix(), Integer.toString(config.nodeId()), metrics);
        jmx.close();
        admin.close();
        if (own != null) {
            own.components().close();
        }
    }

    /** Returns when the server has stopped, for whichever reason. */
    public void awaitShutdown() {
        if (broker != null) {
            broker.awaitShutdown();
        }
        if (controller != null) {
            controller.awaitShutdown();
        }
    }
}
