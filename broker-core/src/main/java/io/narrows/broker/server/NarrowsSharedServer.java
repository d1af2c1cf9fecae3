package io.narrows.broker.server;

import io.narrows.broker.gate.RegistrationGate;
import java.util.concurrent.CompletableFuture;
import kafka.server.KafkaConfig;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ServerSocketFactory;

/** What broker and controller of one process share, with the {@link RegistrationGate} in front of the controller. */
final class NarrowsSharedServer extends SharedServer {
    private final RegistrationGate.PoolFactory pools = new RegistrationGate.PoolFactory();

    NarrowsSharedServer(KafkaConfig config, MetaPropertiesEnsemble ensemble, Metrics metrics) {
        super(
                config,
                ensemble,
                Time.SYSTEM,
                metrics,
                CompletableFuture.completedFuture(
                        QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
                QuorumConfig.parseBootstrapServers(config.quorumConfig().bootstrapServers()),
                new StandardFaultHandlerFactory(),
                ServerSocketFactory.INSTANCE);
    }

    @Override
    public RegistrationGate.PoolFactory requestHandlerPoolFactory() {
        return pools;
    }
}
