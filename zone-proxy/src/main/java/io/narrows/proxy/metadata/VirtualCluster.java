package io.narrows.proxy.metadata;

import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;

/**
 * The cluster a client sees: this proxy leads, coordinates and controls everything. Names, ids, leader epochs, replica
 * lists and errors stay the real ones, and brokers stay nodes with their ids and racks, because administrators name
 * them; but every node is at an address of the proxy. Addresses of real brokers never pass. Immutable; any thread.
 *
 * <p>The proxy shows itself as several nodes at one address, which share the partitions by index. A client limits the
 * requests it has under way per node (Java's producer: 5), and a request that waits for the
 * object store holds its place for a PUT and a GET; as one node, five such requests would be all that a client can do.
 *
 * <p>Only client software that is named as keeping such nodes apart sees several: Java clients know brokers by id.
 * librdkafka and kafkajs take all nodes at one address for the same broker, and then the partitions of the others have
 * none; kafkajs even reports batches for them as sent. They see brokers as nodes only where these have ports of their
 * own.
 */
public final class VirtualCluster {
    private static final int NO_LEADER = -1;

    private final int firstNodeId;
    private final int nodes;
    private final String zone;
    private final List<String> severalNodesFor;
    private final VirtualCluster asOneNode;

    /**
     * Nodes {@code firstNodeId} to {@code firstNodeId + nodes - 1}; the first is the controller and coordinator.
     *
     * @param severalNodesFor names of client software that sees all nodes, as ApiVersions requests carry them; one that
     *     ends in {@code *} stands for all that begin like it
     */
    public VirtualCluster(int firstNodeId, int nodes, String zone, Collection<String> severalNodesFor) {
        this.firstNodeId = firstNodeId;
        this.nodes = nodes;
        this.zone = zone;
        this.severalNodesFor = List.copyOf(severalNodesFor);
        this.asOneNode = severalNodesFor.isEmpty() ? this : new VirtualCluster(firstNodeId, 1, zone, List.of());
    }

    /** The cluster for a client of this software, which is empty for a client that did not name it. */
    public VirtualCluster seenBy(String software) {
        for (String name : severalNodesFor) {
            if (!software.isEmpty() && matches(name, software)) {
                return this;
            }
        }
        return asOneNode;
    }

    private static boolean matches(String name, String software) {
        return name.endsWith("*") ? software.startsWith(name.substring(0, name.length() - 1)) : software.equals(name);
    }

    /** {@code self} is the advertised address of the listener that the client came in on; so in all methods here. */
    public void rewrite(MetadataResponseData response, Endpoint self) {
        response.brokers().removeIf(broker -> isOurs(broker.nodeId()) || !isSeenAt(self));
        response.brokers().forEach(broker -> {
            Endpoint address = self.ofBroker(broker.nodeId());
            broker.setHost(address.host()).setPort(address.port());
        });
        for (int i = 0; i < nodes; i++) {
            response.brokers()
                    .add(new MetadataResponseData.MetadataResponseBroker()
                            .setNodeId(firstNodeId + i)
                            .setHost(self.host())
                            .setPort(self.port())
                            .setRack(zone));
        }
        response.setControllerId(firstNodeId);
        response.topics().forEach(topic -> topic.partitions().forEach(this::rewrite));
    }

    private void rewrite(MetadataResponsePartition partition) {
        if (partition.errorCode() == Errors.REPLICA_NOT_AVAILABLE.code()) {
            partition.setErrorCode(Errors.NONE.code());
        }
        partition.setLeaderId(partition.leaderId() < 0 ? NO_LEADER : node(partition.partitionIndex()));
    }

    /** What administrators ask for: the brokers with their ids, racks and controller, at our addresses. */
    public void rewrite(DescribeClusterResponseData response, Endpoint self) {
        response.brokers().forEach(broker -> {
            Endpoint address = self.ofBroker(broker.brokerId());
            broker.setHost(address.host()).setPort(address.port());
        });
    }

    /** Brokers share our address with our nodes unless they have ports of their own: not for every client. */
    private boolean isSeenAt(Endpoint self) {
        return self.brokerPortBase() != 0 || !severalNodesFor.isEmpty();
    }

    private boolean isOurs(int nodeId) {
        return nodeId >= firstNodeId && nodeId < firstNodeId + nodes;
    }

    /** Answers with no error get this proxy's first node as the coordinator; up to version 3 there is one, from 4 on a list. */
    public void rewrite(FindCoordinatorResponseData response, Endpoint self) {
        if (response.errorCode() == Errors.NONE.code() && !response.host().isEmpty()) {
            response.setNodeId(firstNodeId).setHost(self.host()).setPort(self.port());
        }
        for (FindCoordinatorResponseData.Coordinator coordinator : response.coordinators()) {
            if (coordinator.errorCode() == Errors.NONE.code()) {
                coordinator.setNodeId(firstNodeId).setHost(self.host()).setPort(self.port());
            }
        }
    }

    /** Hints at other replicas go, hints at leaders (KIP-951) name this proxy's nodes with the real epochs. */
    public void rewrite(FetchResponseData response, Endpoint self) {
        SortedSet<Integer> hinted = new TreeSet<>();
        response.responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    partition.setPreferredReadReplica(FetchResponse.INVALID_PREFERRED_REPLICA_ID);
                    if (partition.currentLeader().leaderId() >= 0) {
                        int node = node(partition.partitionIndex());
                        partition.currentLeader().setLeaderId(node);
                        hinted.add(node);
                    }
                }));
        response.nodeEndpoints().clear();
        hinted.forEach(node -> response.nodeEndpoints()
                .add(new FetchResponseData.NodeEndpoint()
                        .setNodeId(node)
                        .setHost(self.host())
                        .setPort(self.port())
                        .setRack(zone)));
    }

    /** Hints at leaders name this proxy's nodes with the real epochs. */
    public void rewrite(ShareFetchResponseData response, Endpoint self) {
        SortedSet<Integer> hinted = new TreeSet<>();
        response.responses()
                .forEach(topic -> topic.partitions().forEach(partition -> {
                    // Brokers leave the fields 0 where they have no hint.
                    boolean moved = partition.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()
                            || partition.acknowledgeErrorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code();
                    if (moved && partition.currentLeader().leaderId() >= 0) {
                        int node = node(partition.partitionIndex());
                        partition.currentLeader().setLeaderId(node);
                        hinted.add(node);
                    }
                }));
        response.nodeEndpoints().clear();
        hinted.forEach(node -> response.nodeEndpoints()
                .add(new ShareFetchResponseData.NodeEndpoint()
                        .setNodeId(node)
                        .setHost(self.host())
                        .setPort(self.port())
                        .setRack(zone)));
    }

    /** A node of this proxy, for the leader hints of a Produce response (KIP-951). */
    public NodeEndpoint nodeEndpoint(int node, Endpoint self) {
        return new NodeEndpoint()
                .setNodeId(node)
                .setHost(self.host())
                .setPort(self.port())
                .setRack(zone);
    }

    /** The node that a client sees lead partitions of this index. */
    public int node(int partition) {
        return firstNodeId + Math.floorMod(partition, nodes);
    }
}
