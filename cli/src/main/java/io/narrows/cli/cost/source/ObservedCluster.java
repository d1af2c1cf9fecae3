package io.narrows.cli.cost.source;

import io.narrows.cli.cluster.Answers;
import io.narrows.cli.cost.Measurement;
import io.narrows.cli.cost.source.ClusterSnapshot.Layout;
import io.narrows.cli.cost.source.ClusterSnapshot.Log;
import io.narrows.relay.SuppressForbidden;
import io.narrows.relay.price.PriceBook;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * Looks at a Kafka cluster with the Admin API, twice, and changes nothing. Used by one thread, which blocks; owns its
 * admin client.
 */
public final class ObservedCluster implements AutoCloseable {
    private static final Duration ANSWERED = Duration.ofSeconds(60);

    private final Admin admin;
    private final ObserveSettings settings;

    public ObservedCluster(Properties client, ObserveSettings settings) {
        this.admin = Admin.create(client);
        this.settings = settings;
    }

    @SuppressForbidden("a command's main thread waits between two samples and measures what time that took")
    public Measurement measure(PriceBook prices) throws InterruptedException {
        Collection<Node> nodes = await(admin.describeCluster().nodes());
        ClusterSnapshot first = snapshot(nodes);
        long start = System.nanoTime();
        Thread.sleep(settings.interval().toMillis());
        ClusterSnapshot second = snapshot(nodes);
        double seconds = (System.nanoTime() - start) / 1e9;
        Map<TopicPartition, List<PartitionSample.Reader>> readers = readers();
        List<PartitionSample> samples = new ArrayList<>();
        second.producedSince(first).forEach((partition, bytes) -> {
            Layout layout = second.layouts().get(partition);
            if (layout != null && bytes > 0) {
                samples.add(new PartitionSample(
                        partition.topic(),
                        bytes,
                        layout.leader(),
                        layout.followerZones(),
                        readers.getOrDefault(partition, List.of())));
            }
        });
        List<String> zones =
                nodes.stream().map(ObservedCluster::zone).distinct().sorted().toList();
        return new ObservedMeasurement(prices, settings, zones).of(nodes.size(), samples, seconds);
    }

    private ClusterSnapshot snapshot(Collection<Node> nodes) {
        Collection<String> names = await(admin.listTopics().names());
        Map<String, TopicDescription> topics = await(admin.describeTopics(names).allTopicNames());
        Map<TopicPartition, Layout> layouts = new HashMap<>();
        topics.forEach((topic, description) -> {
            for (TopicPartitionInfo info : description.partitions()) {
                if (info.leader() != null && !info.leader().isEmpty()) {
                    layouts.put(new TopicPartition(topic, info.partition()), layout(info));
                }
            }
        });
        return new ClusterSnapshot(layouts, logs(nodes, layouts));
    }

    private static Layout layout(TopicPartitionInfo info) {
        Node leader = info.leader();
        List<String> followers = info.replicas().stream()
                .filter(replica -> replica.id() != leader.id())
                .map(ObservedCluster::zone)
                .toList();
        return new Layout(new PartitionSample.Leader(leader.id(), zone(leader)), followers);
    }

    private Map<TopicPartition, Log> logs(Collection<Node> nodes, Map<TopicPartition, Layout> layouts) {
        Map<TopicPartition, Long> starts = offsets(layouts, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = offsets(layouts, OffsetSpec.latest());
        Map<Integer, Map<String, LogDirDescription>> dirs = await(
                admin.describeLogDirs(nodes.stream().map(Node::id).toList()).allDescriptions());
        Map<TopicPartition, Log> logs = new HashMap<>();
        dirs.forEach((broker, all) -> all.values()
                .forEach(dir -> dir.replicaInfos().forEach((partition, replica) -> {
                    Layout layout = layouts.get(partition);
                    if (layout != null && layout.leader().node() == broker && !replica.isFuture()) {
                        long start = starts.getOrDefault(partition, 0L);
                        logs.put(partition, new Log(replica.size(), start, ends.getOrDefault(partition, start)));
                    }
                })));
        return logs;
    }

    private Map<TopicPartition, Long> offsets(Map<TopicPartition, Layout> layouts, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> asked =
                layouts.keySet().stream().collect(Collectors.toMap(partition -> partition, partition -> spec));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        await(admin.listOffsets(asked).all()).forEach((partition, info) -> offsets.put(partition, info.offset()));
        return offsets;
    }

    private Map<TopicPartition, List<PartitionSample.Reader>> readers() {
        List<String> groups = await(
                        admin.listGroups(ListGroupsOptions.forConsumerGroups()).all())
                .stream()
                .map(GroupListing::groupId)
                .toList();
        Map<TopicPartition, List<PartitionSample.Reader>> readers = new HashMap<>();
        for (ConsumerGroupDescription group :
                await(admin.describeConsumerGroups(groups).all()).values()) {
            for (MemberDescription member : group.members()) {
                String zone = member.rackId().orElseGet(() -> settings.zoneOfHost(member.host()));
                member.assignment()
                        .topicPartitions()
                        .forEach(partition -> readers.computeIfAbsent(partition, key -> new ArrayList<>())
                                .add(new PartitionSample.Reader(zone)));
            }
        }
        return readers;
    }

    private static String zone(Node node) {
        return node.rack() == null ? "" : node.rack();
    }

    private static <T> T await(KafkaFuture<T> future) {
        return Answers.await(future, ANSWERED, " (observing needs Describe on the cluster, topics and groups)");
    }

    @Override
    public void close() {
        admin.close();
    }
}
