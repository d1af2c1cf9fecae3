package io.narrows.cli.cluster;

import io.narrows.cli.cost.StockKafka.Placement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** Creates topics and says where their replicas are. Owns an admin client; calls block. */
public final class TestTopics implements AutoCloseable {
    private static final int REPLICAS = 3;
    private static final Duration ANSWERED = Duration.ofSeconds(60);
    private static final Duration SERVED = Duration.ofMinutes(2);

    private final Admin admin;

    public TestTopics(String bootstrap) {
        admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap, AdminClientConfig.CLIENT_ID_CONFIG, "topics"));
    }

    /** Three replicas, two of which must be in sync. */
    public void create(String topic, int partitions, Map<String, String> configs) {
        NewTopic request = new NewTopic(topic, partitions, (short) REPLICAS).configs(configs);
        await(admin.createTopics(List.of(request)).all());
    }

    /**
     * As {@link #create}, and waits until every replica is served. Before, a leader may refuse a producer's first batch and
     * take the second, and a follower sends consumers to the leader.
     */
    public void createServed(String topic, int partitions, Map<String, String> configs) throws InterruptedException {
        create(topic, partitions, configs);
        if (!Ready.await(SERVED, () -> isServed(topic, partitions))) {
            throw new IllegalStateException("not all replicas of " + topic + " are served after " + SERVED);
        }
    }

    private boolean isServed(String topic, int partitions) {
        try {
            return placements(topic).size() == partitions && replicas(topic).count() == (long) partitions * REPLICAS;
        } catch (IllegalStateException notYet) {
            return false;
        }
    }

    /** Zone of the leader and the followers of each partition, by broker rack; empty while one has no leader. */
    public List<Placement> placements(String topic) {
        TopicDescription description =
                await(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
        List<Placement> placements = new ArrayList<>();
        if (description == null) {
            return placements;
        }
        for (TopicPartitionInfo partition : description.partitions()) {
            Node leader = partition.leader();
            if (leader == null || leader.isEmpty()) {
                return List.of();
            }
            List<String> followers = partition.replicas().stream()
                    .filter(replica -> replica.id() != leader.id())
                    .map(TestTopics::zone)
                    .toList();
            placements.add(new Placement(zone(leader), followers));
        }
        return placements;
    }

    /** Where the local part of each partition starts at its leader. */
    public Map<TopicPartition, Long> localStarts(String topic, int partitions) {
        return offsets(topic, partitions, OffsetSpec.earliestLocal());
    }

    public Map<TopicPartition, Long> ends(String topic, int partitions) {
        return offsets(topic, partitions, OffsetSpec.latest());
    }

    private Map<TopicPartition, Long> offsets(String topic, int partitions, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            asked.put(new TopicPartition(topic, partition), spec);
        }
        Map<TopicPartition, Long> offsets = new HashMap<>();
        await(admin.listOffsets(asked).all()).forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }

    /** What the replicas of a topic take, as the brokers say. */
    public long logBytes(String topic) {
        return replicas(topic).mapToLong(ReplicaInfo::size).sum();
    }

    private Stream<ReplicaInfo> replicas(String topic) {
        List<Integer> brokers =
                await(admin.describeCluster().nodes()).stream().map(Node::id).toList();
        return await(admin.describeLogDirs(brokers).allDescriptions()).values().stream()
                .flatMap(directories -> directories.values().stream())
                .flatMap(directory -> directory.replicaInfos().entrySet().stream())
                .filter(replica -> replica.getKey().topic().equals(topic))
                .map(Map.Entry::getValue);
    }

    /** Brokers that are registered and not fenced. */
    public int brokers() {
        return await(admin.describeCluster().nodes()).size();
    }

    private static String zone(Node node) {
        return node.rack() == null ? "" : node.rack();
    }

    public Admin admin() {
        return admin;
    }

    private static <T> T await(KafkaFuture<T> future) {
        return Answers.await(future, ANSWERED, "");
    }

    @Override
    public void close() {
        admin.close();
    }
}
