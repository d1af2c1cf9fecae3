package io.narrows.proxy.metadata;

import java.util.List;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.protocol.Errors;

/**
 * The cluster a client sees: this proxy is the only broker, leader, replica, coordinator and controller. Names, ids,
 * leader epochs and errors stay the real ones; addresses of real brokers never pass. Immutable; any thread.
 */
public final class VirtualCluster {
    private static final int NO_LEADER = -1;

    private final int nodeId;
    private final String zone;

    public VirtualCluster(int nodeId, String zone) {
        this.nodeId = nodeId;
        this.zone = zone;
    }

    public int nodeId() {
        return nodeId;
    }

    /** {@code self} is the advertised address of the listener that the client came in on; so in all methods here. */
    public void rewrite(MetadataResponseData response, Endpoint self) {
        response.brokers().clear();
        response.brokers()
                .add(new MetadataResponseData.MetadataResponseBroker()
                        .setNodeId(nodeId)
                        .setHost(self.host())
                        .setPort(self.port())
                        .setRack(zone));
        response.setControllerId(nodeId);
        response.topics().forEach(topic -> topic.partitions().forEach(this::rewrite));
    }

    private void rewrite(MetadataResponsePartition partition) {
        if (partition.errorCode() == Errors.REPLICA_NOT_AVAILABLE.code()) {
            partition.setErrorCode(Errors.NONE.code());
        }
        partition.setLeaderId(leader(partition.leaderId()));
        partition.setReplicaNodes(List.of(nodeId));
        partition.setIsrNodes(List.of(nodeId));
        partition.setOfflineReplicas(List.of());
    }

    public void rewrite(DescribeTopicPartitionsResponseData response) {
        response.topics()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    partition.setLeaderId(leader(partition.leaderId()));
                    partition.setReplicaNodes(List.of(nodeId));
                    partition.setIsrNodes(List.of(nodeId));
                    partition.setEligibleLeaderReplicas(List.of());
                    partition.setLastKnownElr(List.of());
                    partition.setOfflineReplicas(List.of());
                }));
    }

    public void rewrite(DescribeClusterResponseData response, Endpoint self) {
        response.brokers().clear();
        response.setControllerId(nodeId);
        if (response.errorCode() == Errors.NONE.code()) {
            response.brokers()
                    .add(new DescribeClusterResponseData.DescribeClusterBroker()
                            .setBrokerId(nodeId)
                            .setHost(self.host())
                            .setPort(self.port())
                            .setRack(zone));
        }
    }

    /** Answers with no error get this proxy as the coordinator; up to version 3 there is one, from 4 on a list. */
    public void rewrite(FindCoordinatorResponseData response, Endpoint self) {
        if (response.errorCode() == Errors.NONE.code() && !response.host().isEmpty()) {
            response.setNodeId(nodeId).setHost(self.host()).setPort(self.port());
        }
        for (FindCoordinatorResponseData.Coordinator coordinator : response.coordinators()) {
            if (coordinator.errorCode() == Errors.NONE.code()) {
                coordinator.setNodeId(nodeId).setHost(self.host()).setPort(self.port());
            }
        }
    }

    /** This proxy, for the leader hints of a Produce response (KIP-951). */
    public NodeEndpoint nodeEndpoint(Endpoint self) {
        return new NodeEndpoint()
                .setNodeId(nodeId)
                .setHost(self.host())
                .setPort(self.port())
                .setRack(zone);
    }

    /** The leader a client sees for a real leader id. */
    public int leader(int realLeaderId) {
        return realLeaderId < 0 ? NO_LEADER : nodeId;
    }
}
