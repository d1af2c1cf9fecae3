package io.narrows.broker.kafka;

import io.narrows.broker.BrokerParts;
import io.narrows.relay.Checks;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import kafka.server.ControllerServer;
import kafka.server.FaultHandlerFactory;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ProcessRole;
import org.apache.kafka.server.ServerSocketFactory;
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
    private final @Nullable NarrowsBrokerServer broker;
    private final @Nullable ControllerServer controller;
    private boolean started;

    /** The log directories must have been formatted, see {@link StorageFormat}. */
    public NarrowsServer(Properties properties, BrokerParts parts) {
        this(properties, parts, new kafka.server.StandardFaultHandlerFactory());
    }

    NarrowsServer(Properties properties, BrokerParts parts, FaultHandlerFactory faults) {
        config = KafkaConfig.fromProps(properties, false);
        String prefix = "[NarrowsServer nodeId=" + config.nodeId() + "] ";
        Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> directories =
                KafkaRaftServer.initializeLogDirs(config, LOG, prefix);
        MetaPropertiesEnsemble ensemble = directories._1();
        metrics = Server.initializeMetrics(
                config, Time.SYSTEM, ensemble.clusterId().orElseThrow());
        SharedServer shared = new SharedServer(
                config,
                ensemble,
                Time.SYSTEM,
                metrics,
                CompletableFuture.completedFuture(
                        QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
                QuorumConfig.parseBootstrapServers(config.quorumConfig().bootstrapServers()),
                faults,
                ServerSocketFactory.INSTANCE);
        broker = config.processRoles().contains(ProcessRole.BrokerRole) ? new NarrowsBrokerServer(shared, parts) : null;
        controller = config.processRoles().contains(ProcessRole.ControllerRole)
                ? new ControllerServer(shared, KafkaRaftServer.configSchema(), directories._2())
                : null;
    }

    /** Starts the controller, then the broker; returns when the broker serves clients. */
    public void start() {
        Checks.invariant(!started, "a server is started once");
        started = true;
        if (controller != null) {
            controller.startup();
        }
        if (broker != null) {
            broker.startup();
        }
        AppInfoParser.registerAppInfo(
                Server.MetricsPrefix(), Integer.toString(config.nodeId()), metrics, Time.SYSTEM.milliseconds());
    }

    /** The broker, or null in a process that is only a controller. */
    public @Nullable NarrowsBrokerServer broker() {
        return broker;
    }

    public KafkaConfig config() {
        return config;
    }

    /** Hands over leaderships, then stops the broker and the controller. */
    @Override
    public void close() {
        if (broker != null) {
            broker.shutdown();
        }
        if (controller != null) {
            controller.shutdown();
        }
        AppInfoParser.unregisterAppInfo(Server.MetricsPrefix(), Integer.toString(config.nodeId()), metrics);
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
