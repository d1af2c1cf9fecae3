package io.narrows.broker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.broker.server.RelayCluster.Weather;
import io.narrows.broker.server.TestProxy.Connection;
import io.narrows.testing.Await;
import io.narrows.testing.LeakDetection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Leaders move and a broker is stopped and started while lanes keep five entries in flight. */
@ExtendWith(LeakDetection.class)
final class RelayFailoverTest {
    private static final int PARTITIONS = 3;

    @TempDir
    Path directory;

    private final Map<Integer, Connection> connections = new ConcurrentHashMap<>();

    @Test
    void nothingIsLostDoubledOrReorderedWhenLeadersMoveAndABrokerRestarts() throws Exception {
        try (RelayCluster cluster = new RelayCluster(directory, LinkMode.AUTO, new Properties());
                TestProxy proxy = new TestProxy();
                Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.brokers.bootstrap()))) {
            UUID topic = cluster.createTopic(admin, "moving", PARTITIONS);
            cluster.weather = Weather.slowGets(20, 30);
            List<TestLane> lanes = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                TopicPartition led = new TopicPartition("moving", partition);
                lanes.add(new TestLane(
                        cluster,
                        topic,
                        partition,
                        () -> leader(cluster, led),
                        broker -> connection(cluster, proxy, broker)));
            }
            AtomicBoolean going = new AtomicBoolean(true);
            ExecutorService threads = Executors.newFixedThreadPool(PARTITIONS);
            List<Future<?>> running = new ArrayList<>();
            lanes.forEach(lane -> running.add(threads.submit(() -> lane.sendWhile(going::get))));

            move(admin, List.of(2, 3, 1));
            move(admin, List.of(3, 1, 2));
            cluster.brokers.stop(3);
            cluster.brokers.start(3);
            move(admin, List.of(1, 2, 3));
            going.set(false);

            for (Future<?> one : running) {
                one.get(120, TimeUnit.SECONDS);
            }
            threads.shutdown();
            assertThat(lanes.stream().mapToInt(lane -> lane.resends).sum()).isPositive();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                int acknowledged = lanes.get(partition).acknowledged();
                assertThat(cluster.numbers("moving", partition, acknowledged)).isEqualTo(upTo(acknowledged));
            }
        }
    }

    private static int leader(RelayCluster cluster, TopicPartition partition) {
        return cluster.brokers
                .server(1)
                .broker()
                .metadataCache()
                .getLeaderAndIsr(partition.topic(), partition.partition())
                .map(known -> known.leader())
                .filter(known -> known > 0)
                .orElse(1);
    }

    /** One connection per broker, opened again when it has closed; the writer's incarnation stays. */
    private synchronized Connection connection(RelayCluster cluster, TestProxy proxy, int broker) {
        Connection present = connections.get(broker);
        if (present == null || present.closed.isDone()) {
            present = proxy.connect(
                    cluster.relay(broker), cluster.brokers.server(1).broker().clusterId(), "proxy-a", 1);
            connections.put(broker, present);
        }
        return present;
    }

    private static void move(Admin admin, List<Integer> replicas) throws Exception {
        Map<TopicPartition, Optional<NewPartitionReassignment>> assignments = new HashMap<>();
        Set<TopicPartition> partitions = new HashSet<>();
        for (int i = 0; i < PARTITIONS; i++) {
            TopicPartition partition = new TopicPartition("moving", i);
            assignments.put(partition, Optional.of(new NewPartitionReassignment(replicas)));
            partitions.add(partition);
        }
        admin.alterPartitionReassignments(assignments).all().get();
        Await.until("broker " + replicas.get(0) + " leads", Duration.ofSeconds(60), () -> {
            admin.electLeaders(ElectionType.PREFERRED, partitions).partitions().get();
            return admin.describeTopics(List.of("moving")).allTopicNames().get().get("moving").partitions().stream()
                    .allMatch(one -> one.leader() != null && one.leader().id() == replicas.get(0));
        });
    }

    private static List<Integer> upTo(int count) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(i);
        }
        return numbers;
    }
}
