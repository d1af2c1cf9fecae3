package io.narrows.broker.append;

import kafka.network.RequestChannel;
import kafka.server.BrokerServer;
import kafka.server.KafkaApis;

/** Builds a second {@link KafkaApis} over the managers of a running broker. */
final class RelayApis {
    private RelayApis() {}

    static KafkaApis create(BrokerServer broker, RequestChannel channel) {
        KafkaApis stock = broker.dataPlaneRequestProcessor();
        return new KafkaApis(
                channel,
                stock.forwardingManager(),
                broker.replicaManager(),
                stock.groupCoordinator(),
                stock.txnCoordinator(),
                stock.shareCoordinator(),
                stock.autoTopicCreationManager(),
                stock.brokerId(),
                stock.config(),
                stock.configRepository(),
                stock.metadataCache(),
                stock.metrics(),
                stock.authorizerPlugin(),
                stock.quotas(),
                stock.fetchManager(),
                stock.sharePartitionManager(),
                broker.brokerTopicStats(),
                stock.clusterId(),
                broker.time(),
                stock.tokenManager(),
                stock.apiVersionManager(),
                stock.clientMetricsManager(),
                stock.groupConfigManager());
    }
}
