package io.narrows.proxy.metadata;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster a client sees: the proxies of the zone (often this one alone) lead, coordinate and control everything.
 * Names, ids, leader epochs, replica lists and errors stay the real ones, and brokers stay nodes with their ids and
 * racks, because administrators name them; but every node is at an address of a proxy. Addresses of real brokers never
 * pass. Any thread; each method works with one layout.
 *
 * <p>A proxy shows itself as several nodes at one address, which share its partitions by their leaders ({@link
 * LeaderPlaces}). A client has a connection to each node and its answers in order, so a leader that does not respond delays
 * the partitions of its node only. And it limits the requests it has in flight per node (Java's producer: 5), where one
 * that waits for the object store holds its place for a PUT and a GET.
 *
 * <p>Only client software that is named as keeping such nodes apart sees several: Java clients know brokers by id.
 * librdkafka and kafkajs take all nodes at one address for the same broker, and then the partitions of the others have
 * none; kafkajs even reports batches for them as sent. They see brokers as nodes only where these have ports of their
 * own.
 */
public final class VirtualCluster {
    private static final Logger LOG = LoggerFactory.getLogger(VirtualCluster.class);
    private static final int NO_LEADER = -1;
    private static final int NO_EPOCH = -1;

    /** What the controller's place is chosen by. */
    private static final String CONTROLLER = "controller";

    private static final String BROKER = "broker-";

    private final Supplier<PartitionLayout> layouts;
    private final Function<Uuid, @Nullable String> names;
    private final String zone;
    private final LeaderPlaces places = new LeaderPlaces();
    private final List<String> severalNodesFor;
    private final VirtualCluster asOneNode;
    private volatile @Nullable Placed placed;

    /** The layout that clients see, made of the one that is configured or planned and of the brokers that are known. */
    private static final class Placed {
        private final PartitionLayout wanted;
        private final int[] brokers;
        private final PartitionLayout shown;

        private Placed(PartitionLayout wanted, int[] brokers) {
            this.wanted = wanted;
            this.brokers = brokers;
            this.shown = wanted.avoiding(brokers);
        }

        private boolean isOf(PartitionLayout other, int[] known) {
            return wanted == other && brokers == known;
        }

        private boolean isMoved() {
            return shown != wanted;
        }
    }

    /**
     * Who the proxies of the zone are, at any time.
     *
     * @param names finds the name of a topic that responses name by id: owners and nodes are chosen by name
     */
    public record Proxies(Supplier<PartitionLayout> layouts, Function<Uuid, @Nullable String> names) {
        private Proxies oneNodeEach() {
            return new Proxies(() -> layouts.get().oneNodeEach(), names);
        }
    }

    /**
     * The cluster of these proxies.
     *
     * @param severalNodesFor names of client software that sees all nodes of a proxy, as ApiVersions requests carry them;
     *     one that ends in {@code *} stands for all that begin like it
     */
    public VirtualCluster(Proxies proxies, String zone, Collection<String> severalNodesFor) {
        this(
                proxies,
                zone,
                severalNodesFor,
                severalNodesFor.isEmpty() ? null : new VirtualCluster(proxies.oneNodeEach(), zone, List.of()));
    }

    /** This proxy alone, as nodes {@code firstNodeId} to {@code firstNodeId + nodes - 1}. */
    public VirtualCluster(int firstNodeId, int nodes, String zone, Collection<String> severalNodesFor) {
        this(
                new Proxies(
                        constant(PartitionLayout.alone(new ProxyMember("", firstNodeId, nodes, Map.of()))), id -> null),
                zone,
                severalNodesFor);
    }

    private VirtualCluster(
            Proxies proxies, String zone, Collection<String> severalNodesFor, @Nullable VirtualCluster asOneNode) {
        this.layouts = proxies.layouts();
        this.names = proxies.names();
        this.zone = zone;
        this.severalNodesFor = List.copyOf(severalNodesFor);
        this.asOneNode = asOneNode == null ? this : asOneNode;
    }

    private static Supplier<PartitionLayout> constant(PartitionLayout layout) {
        return () -> layout;
    }

    /** No node of it has the id of a broker that is known. */
    private PartitionLayout layout() {
        PartitionLayout wanted = layouts.get();
        int[] brokers = places.brokers();
        Placed known = placed;
        if (known == null || !known.isOf(wanted, brokers)) {
            Placed fresh = new Placed(wanted, brokers);
            if (fresh.isMoved() && (known == null || !known.isMoved())) {
                LOG.atWarn()
                        .addKeyValue("configured", firstNodeIds(wanted))
                        .addKeyValue("shown", firstNodeIds(fresh.shown))
                        .log(
                                "Node ids collide with broker ids, the proxy advertises others: set node.id so that no broker"
                                        + " has an id from node.id to node.id + advertised.nodes - 1");
            }
            placed = fresh;
            return fresh.shown;
        }
        return known.shown;
    }

    private static List<Integer> firstNodeIds(PartitionLayout layout) {
        return layout.members().stream().map(ProxyMember::firstNodeId).toList();
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
        if (isRefused(response)) {
            return;
        }
        learnBrokers(response);
        PartitionLayout layout = layout();
        if (!isSeenAt(self)) {
            response.brokers().clear();
        }
        response.brokers().forEach(broker -> {
            Endpoint address = addressOfBroker(layout, broker.nodeId(), self);
            broker.setHost(address.host()).setPort(address.port());
        });
        for (ProxyMember member : layout.members()) {
            Endpoint at = layout.endpoint(member, self);
            for (int i = 0; i < member.nodes(); i++) {
                response.brokers()
                        .add(new MetadataResponseData.MetadataResponseBroker()
                                .setNodeId(member.firstNodeId() + i)
                                .setHost(at.host())
                                .setPort(at.port())
                                .setRack(zone));
            }
        }
        response.setControllerId(layout.owner(CONTROLLER).firstNodeId());
        response.topics()
                .forEach(topic -> topic.partitions().forEach(partition -> rewrite(layout, topic.name(), partition)));
    }

    /** A broker that refuses a request tells nothing of the cluster. */
    private static boolean isRefused(MetadataResponseData response) {
        return response.brokers().isEmpty()
                && response.controllerId() < 0
                && response.topics().stream().anyMatch(topic -> topic.errorCode() == Errors.INVALID_REQUEST.code());
    }

    /** Before any partition has its place. Replicas name brokers that are away, too. */
    private void learnBrokers(MetadataResponseData response) {
        response.brokers().forEach(broker -> places.learn(broker.nodeId()));
        for (MetadataResponseTopic topic : response.topics()) {
            for (MetadataResponsePartition partition : topic.partitions()) {
                partition.replicaNodes().forEach(places::learn);
            }
        }
    }

    private void rewrite(PartitionLayout layout, String topic, MetadataResponsePartition partition) {
        if (partition.errorCode() == Errors.REPLICA_NOT_AVAILABLE.code()) {
            partition.setErrorCode(Errors.NONE.code());
        }
        partition.setLeaderId(
                partition.leaderId() < 0
                        ? NO_LEADER
                        : node(layout, topic, partition.partitionIndex(), partition.leaderId()));
    }

    /** What administrators ask for: the brokers with their ids, racks and controller, at our addresses. */
    public void rewrite(DescribeClusterResponseData response, Endpoint self) {
        PartitionLayout layout = layout();
        response.brokers().forEach(broker -> {
            Endpoint address = addressOfBroker(layout, broker.brokerId(), self);
            broker.setHost(address.host()).setPort(address.port());
        });
    }

    /** Every proxy of the zone places a broker's node at the same one of them. */
    private static Endpoint addressOfBroker(PartitionLayout layout, int brokerId, Endpoint self) {
        return layout.endpoint(layout.owner(BROKER + brokerId), self).ofBroker(brokerId);
    }

    /** Brokers share our address with our nodes unless they have ports of their own: not for every client. */
    private boolean isSeenAt(Endpoint self) {
        return self.brokerPortBase() != 0 || !severalNodesFor.isEmpty();
    }

    /**
     * Answers with no error get a proxy's first node as the coordinator; up to version 3 there is one, that of
     * {@code key}, from 4 on a list.
     */
    public void rewrite(FindCoordinatorResponseData response, String key, Endpoint self) {
        PartitionLayout layout = layout();
        if (response.errorCode() == Errors.NONE.code() && !response.host().isEmpty()) {
            ProxyMember owner = layout.owner(key);
            Endpoint at = layout.endpoint(owner, self);
            response.setNodeId(owner.firstNodeId()).setHost(at.host()).setPort(at.port());
        }
        for (FindCoordinatorResponseData.Coordinator coordinator : response.coordinators()) {
            if (coordinator.errorCode() == Errors.NONE.code()) {
                ProxyMember owner = layout.owner(coordinator.key());
                Endpoint at = layout.endpoint(owner, self);
                coordinator.setNodeId(owner.firstNodeId()).setHost(at.host()).setPort(at.port());
            }
        }
    }

    /**
     * Hints at other replicas go, hints at leaders (KIP-951) name the proxies' nodes with the real epochs. There is no
     * hint for a topic whose name is not known.
     */
    public void rewrite(FetchResponseData response, Endpoint self) {
        LeaderHints hints = new LeaderHints();
        response.responses().forEach(topic -> {
            String name = topic.topic().isEmpty() ? names.apply(topic.topicId()) : topic.topic();
            topic.partitions().forEach(partition -> {
                partition.setPreferredReadReplica(FetchResponse.INVALID_PREFERRED_REPLICA_ID);
                FetchResponseData.LeaderIdAndEpoch leader = partition.currentLeader();
                if (leader.leaderId() >= 0) {
                    leader.setLeaderId(hints.node(name, partition.partitionIndex(), leader.leaderId()));
                    leader.setLeaderEpoch(leader.leaderId() < 0 ? NO_EPOCH : leader.leaderEpoch());
                }
            });
        });
        response.nodeEndpoints().clear();
        hints.forEachNode(
                self,
                (node, at) -> response.nodeEndpoints()
                        .add(new FetchResponseData.NodeEndpoint()
                                .setNodeId(node)
                                .setHost(at.host())
                                .setPort(at.port())
                                .setRack(zone)));
    }

    /** Hints at leaders name the proxies' nodes with the real epochs; none for a topic whose name is not known. */
    public void rewrite(ShareFetchResponseData response, Endpoint self) {
        LeaderHints hints = new LeaderHints();
        response.responses().forEach(topic -> {
            String name = names.apply(topic.topicId());
            topic.partitions().forEach(partition -> {
                // Brokers leave the fields 0 where they have no hint.
                boolean moved = partition.errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code()
                        || partition.acknowledgeErrorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code();
                ShareFetchResponseData.LeaderIdAndEpoch leader = partition.currentLeader();
                if (moved && leader.leaderId() >= 0) {
                    leader.setLeaderId(hints.node(name, partition.partitionIndex(), leader.leaderId()));
                    leader.setLeaderEpoch(leader.leaderId() < 0 ? NO_EPOCH : leader.leaderEpoch());
                }
            });
        });
        response.nodeEndpoints().clear();
        hints.forEachNode(
                self,
                (node, at) -> response.nodeEndpoints()
                        .add(new ShareFetchResponseData.NodeEndpoint()
                                .setNodeId(node)
                                .setHost(at.host())
                                .setPort(at.port())
                                .setRack(zone)));
    }

    /** The leaders that one answer hints at, as nodes of proxies. */
    private final class LeaderHints {
        private final PartitionLayout layout = layout();
        private final SortedSet<Integer> nodes = new TreeSet<>();

        /** None if the topic's name is not known, and with it where the client sees the partition. */
        int node(@Nullable String topic, int partition, int leaderId) {
            if (topic == null) {
                return NO_LEADER;
            }
            int node = VirtualCluster.this.node(layout, topic, partition, leaderId);
            nodes.add(node);
            return node;
        }

        void forEachNode(Endpoint self, BiConsumer<Integer, Endpoint> hint) {
            nodes.forEach(node -> hint.accept(node, endpoint(layout, node, self)));
        }
    }

    private static Endpoint endpoint(PartitionLayout layout, int node, Endpoint self) {
        ProxyMember member = layout.withNode(node);
        return member == null ? self : layout.endpoint(member, self);
    }

    /** The place of a node among those of its proxy, from 0 on; empty for what is no proxy's node. */
    public OptionalInt placeOf(int node) {
        ProxyMember member = layouts.get().withNode(node);
        return member == null ? OptionalInt.empty() : OptionalInt.of(node - member.firstNodeId());
    }

    /** Whether the cluster has one node, so that its clients have no other connection to send on. */
    public boolean isOneNode() {
        List<ProxyMember> members = layout().members();
        return members.size() == 1 && members.get(0).nodes() == 1;
    }

    /** Whether this proxy is not one of those that clients see any more. */
    public boolean isElsewhere() {
        return layout().isWithoutSelf();
    }

    /** A node of a proxy, for the leader hints of a Produce response (KIP-951). */
    public NodeEndpoint nodeEndpoint(int node, Endpoint self) {
        Endpoint at = endpoint(layout(), node, self);
        return new NodeEndpoint()
                .setNodeId(node)
                .setHost(at.host())
                .setPort(at.port())
                .setRack(zone);
    }

    /** The node that a client sees lead the partition, which this broker leads. */
    public int node(String topic, int partition, int leaderId) {
        return node(layout(), topic, partition, leaderId);
    }

    private int node(PartitionLayout layout, String topic, int partition, int leaderId) {
        ProxyMember owner = layout.owner(topic, partition);
        return owner.firstNodeId() + places.place(leaderId, topic, partition, owner.nodes());
    }
}
