package io.narrows.broker.server;

import io.narrows.broker.gate.ClusterGate;
import io.narrows.broker.gate.LinkFeature;
import io.narrows.broker.gate.LinkTopics;
import io.narrows.broker.log.HybridLogManager;
import io.narrows.broker.log.LinkServices;
import io.narrows.broker.log.LogEnvironment;
import io.narrows.broker.remote.LinkRemoteLogManager;
import io.narrows.relay.Checks;
import java.io.File;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.log.LogManager;
import kafka.server.BrokerServer;
import kafka.server.KafkaRequestHandlerPool;
import kafka.server.QuotaFactory;
import kafka.server.ReplicaManager;
import kafka.server.SharedServer;
import kafka.server.metadata.BrokerMetadataPublisher;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.ListenerInfo;
import org.apache.kafka.server.BrokerFeatures;
import org.apache.kafka.server.log.remote.storage.RemoteLogManager;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Kafka's broker with our log manager and, through the {@link BrokerExtension}, our replica manager and relay server.
 * Its start-up code is the stock one; this class only steps in where that code assigns or reads its parts. Threads are
 * those of the stock class.
 */
public final class NarrowsBrokerServer extends BrokerServer {
    private final BrokerExtension extension;
    private final ClusterGate gate;
    private final LinkServices links;
    private final BrokerContext context;
    private final AtomicBoolean leadershipsMoved = new AtomicBoolean();
    private volatile @Nullable ReplicaManager replicaManager;

    NarrowsBrokerServer(SharedServer sharedServer, BrokerParts parts) {
        super(sharedServer);
        extension = parts.extension();
        LinkTopics topics = new LinkTopics(config().nodeId(), config().originals());
        gate = new ClusterGate(config().nodeId(), topics);
        links = parts.links(gate);
        context = new BrokerContext(this, links);
        boolean first = metadataPublishers().add(topics);
        boolean second = metadataPublishers().add(gate);
        Checks.invariant(first && second, "the broker does not have the publishers of Narrows");
    }

    /** What its logs share; through it staged batches reach the log. */
    public LinkServices links() {
        return links;
    }

    /** The zone of a broker as the metadata says it now; null without one, or for a broker that is not registered. */
    @Nullable
    String zoneOf(int brokerId) {
        BrokerRegistration registration = metadataCache() == null
                ? null
                : metadataCache().getImage().cluster().broker(brokerId);
        return registration == null ? null : registration.rack().orElse(null);
    }

    @Override
    public BrokerFeatures brokerFeatures() {
        return LinkFeature.brokerFeatures(config().unstableFeatureVersionsEnabled());
    }

    /** Called by the stock start-up with the manager it built, which has opened no log yet. */
    @Override
    public void logManager_$eq(LogManager stock) {
        DiscardedLogManager.release(stock);
        List<File> offlineDirs = sharedServer().metaPropsEnsemble().errorLogDirs().stream()
                .map(dir -> new File(dir).getAbsoluteFile())
                .toList();
        super.logManager_$eq(HybridLogManager.create(
                config(),
                offlineDirs,
                new LogEnvironment(
                        metadataCache(), kafkaScheduler(), time(), brokerTopicStats(), logDirFailureChannel(), links)));
    }

    /** Called by the stock start-up with the quotas it built, before anything else has them. */
    @Override
    public void quotaManagers_$eq(QuotaFactory.QuotaManagers stock) {
        super.quotaManagers_$eq(ResponseQuota.in(stock, config(), metrics(), time()));
    }

    @Override
    public Option<RemoteLogManager> createRemoteLogManager(ListenerInfo listeners) {
        return LinkRemoteLogManager.create(this, links, listeners).asOption();
    }

    @Override
    public @Nullable ReplicaManager replicaManager() {
        ReplicaManager ours = replicaManager;
        if (ours != null) {
            return ours;
        }
        ReplicaManager stock = super.replicaManager();
        if (stock == null) {
            return null;
        }
        synchronized (this) {
            if (replicaManager == null) {
                replicaManager = extension.replicaManager(context, stock);
            }
            return replicaManager;
        }
    }

    @Override
    public void startup() {
        super.startup();
        extension.started(context);
    }

    /** Called by the stock start-up when its parts are made and before it opens its listeners to clients. */
    @Override
    public void brokerMetadataPublisher_$eq(BrokerMetadataPublisher publisher) {
        requireSeams();
        super.brokerMetadataPublisher_$eq(publisher);
    }

    /** A Kafka whose start-up took a part of its own instead of ours must not serve a single request. */
    private void requireSeams() {
        ReplicaManager replicas = replicaManager();
        Checks.invariant(
                logManager() instanceof HybridLogManager, "the broker does not use the log manager of Narrows");
        Checks.invariant(
                quotaManagers().request() instanceof ResponseQuota,
                "the broker does not use the request quotas of Narrows");
        Checks.invariant(
                replicas != null && replicas.logManager() == logManager(),
                "the replica manager does not use the log manager of Narrows");
        Checks.invariant(
                replicas != null && replicas.remoteLogManager().getOrElse(() -> null) instanceof LinkRemoteLogManager,
                "the replica manager does not use the remote log manager of Narrows");
    }

    /** The stock shutdown asks for its handler threads once leaderships have moved, to stop them. */
    @Override
    public @Nullable KafkaRequestHandlerPool dataPlaneRequestHandlerPool() {
        if (isShutdown() && leadershipsMoved.compareAndSet(false, true)) {
            extension.leadershipsMoved(context);
        }
        return super.dataPlaneRequestHandlerPool();
    }

    @Override
    public void shutdown() {
        extension.stopping(context);
        super.shutdown();
        extension.stopped(context);
    }
}
