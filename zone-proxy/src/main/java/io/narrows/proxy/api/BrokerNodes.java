package io.narrows.proxy.api;

import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.router.topology.Topology;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * Which broker an administrator means with a node of Metadata. Where a client sees the proxies' nodes only, its tools
 * name these as replicas and ask for their configurations; each stands for a broker, by its place among the nodes of its
 * proxy. Ids of brokers mean these brokers. Any thread.
 */
final class BrokerNodes {
    private final VirtualCluster cluster;
    private final Topology topology;

    BrokerNodes(VirtualCluster cluster, Topology topology) {
        this.cluster = cluster;
        this.topology = topology;
    }

    boolean isBroker(int id) {
        return topology.view().brokers().containsKey(id);
    }

    /** The broker that a node stands for; the id itself when it is a broker's, or no proxy's. */
    int broker(int id) {
        int place = isBroker(id) ? -1 : cluster.placeOf(id).orElse(-1);
        List<Integer> brokers = brokers();
        return place < 0 || brokers.isEmpty() ? id : brokers.get(place % brokers.size());
    }

    /** The request with brokers in the place of nodes where it names replicas; the same one if it names no node. */
    ApiMessage withBrokers(ApiMessage request) {
        ApiMessage copy = (ApiMessage) request.duplicate();
        if (copy instanceof CreateTopicsRequestData create) {
            create.topics()
                    .forEach(topic -> topic.assignments().forEach(one -> one.setBrokerIds(replicas(one.brokerIds()))));
        } else if (copy instanceof CreatePartitionsRequestData create) {
            create.topics().forEach(topic -> {
                if (topic.assignments() != null) {
                    topic.assignments().forEach(one -> one.setBrokerIds(replicas(one.brokerIds())));
                }
            });
        } else if (copy instanceof AlterPartitionReassignmentsRequestData alter) {
            alter.topics()
                    .forEach(topic -> topic.partitions().forEach(partition -> {
                        if (partition.replicas() != null) {
                            partition.setReplicas(replicas(partition.replicas()));
                        }
                    }));
        }
        return copy.equals(request) ? request : copy;
    }

    /** For calls of the APIs that name replicas. */
    UnaryOperator<ApiCall> replicaRewrite() {
        return call -> {
            ApiMessage named = withBrokers(call.message());
            return named == call.message() ? call : call.with(named);
        };
    }

    /** Different nodes are different brokers as long as there are enough. */
    private List<Integer> replicas(List<Integer> asked) {
        List<Integer> brokers = brokers();
        Set<Integer> taken = new LinkedHashSet<>();
        asked.stream().filter(id -> broker(id) == id).forEach(taken::add);
        List<Integer> replicas = new ArrayList<>();
        for (int id : asked) {
            int broker = broker(id);
            if (broker != id) {
                int first = brokers.indexOf(broker);
                for (int i = 1; taken.contains(broker) && i < brokers.size(); i++) {
                    broker = brokers.get((first + i) % brokers.size());
                }
                taken.add(broker);
            }
            replicas.add(broker);
        }
        return replicas;
    }

    private List<Integer> brokers() {
        return topology.view().brokers().keySet().stream().sorted().toList();
    }
}
