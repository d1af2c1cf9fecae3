package io.narrows.broker.kafka;

import io.narrows.relay.Checks;
import java.io.File;
import java.util.List;
import kafka.log.LogManager;
import kafka.server.BrokerServer;
import kafka.server.ReplicaManager;
import kafka.server.SharedServer;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's broker with our log manager and, through the {@link BrokerExtension}, our replica manager and relay server.
 * Its start-up code is the stock one; this class only steps in where that code assigns or reads its parts. Threads are
 * those of the stock class.
 */
public final class NarrowsBrokerServer extends BrokerServer {
    private final BrokerExtension extension;
    private volatile @Nullable ReplicaManager replicaManager;

    NarrowsBrokerServer(SharedServer sharedServer, BrokerExtension extension) {
        super(sharedServer);
        this.extension = extension;
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
                new HybridLogManager.Environment(
                        metadataCache(), kafkaScheduler(), time(), brokerTopicStats(), logDirFailureChannel())));
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
                replicaManager = extension.replicaManager(this, stock);
            }
            return replicaManager;
        }
    }

    @Override
    public void startup() {
        super.startup();
        Checks.invariant(logManager() instanceof HybridLogManager, "the broker runs on our log manager");
        extension.started(this);
    }

    @Override
    public void shutdown() {
        extension.stopping(this);
        super.shutdown();
        extension.stopped(this);
    }
}
