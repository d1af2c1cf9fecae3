package io.narrows.router.sim;

import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.TimeoutException;

/** Brokers in three zones, one topic, the router's view of them, and what goes wrong with them. */
final class SimCluster implements Topology {
    static final UUID TOPIC = new UUID(0, 77);

    final SimWorld world;
    final SimStore store;
    final SimNet net;
    final List<SimBroker> brokers = new ArrayList<>();
    final List<SimPartition> partitions = new ArrayList<>();
    /** Batches that a leader refused after it had appended them: a plain producer's may be there twice, as with Kafka. */
    final Set<Integer> refusedAfterAppend = new HashSet<>();

    boolean calm;
    private ClusterView view;

    SimCluster(SimWorld world, int partitionCount) {
        this.world = world;
        this.store = new SimStore(world);
        this.net = new SimNet(this);
        for (int id = 0; id < 3; id++) {
            brokers.add(new SimBroker(this, id, String.valueOf((char) ('a' + id))));
        }
        for (int index = 0; index < partitionCount; index++) {
            partitions.add(new SimPartition(index, index % 3));
            brokers.get(index % 3).learn(index, 0);
        }
        view = truth();
    }

    private ClusterView truth() {
        List<PartitionView> leaders = partitions.stream()
                .map(partition -> new PartitionView(partition.index, partition.leaderId, partition.epoch))
                .toList();
        return viewOf(leaders);
    }

    private ClusterView viewOf(List<PartitionView> leaders) {
        Map<Integer, Broker> byId = new HashMap<>();
        for (SimBroker broker : brokers) {
            RelayEndpoint relay = RelayEndpoint.at("sim", broker.id);
            byId.put(broker.id, new Broker(broker.id, "sim", 9092, broker.zone, relay));
        }
        TopicView topic = new TopicView("t", TOPIC, leaders);
        return ClusterView.of("sim", 0, byId, List.of(topic));
    }

    @Override
    public ClusterView view() {
        return view;
    }

    @Override
    public CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
        return refreshTopicIds(Set.of(TOPIC));
    }

    @Override
    public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
        CompletableFuture<ClusterView> future = new CompletableFuture<>();
        ClusterView seen = truth();
        world.laterMs(1, 40, () -> {
            if (!calm && world.chance(0.1)) {
                future.completeExceptionally(new TimeoutException("sim"));
            } else {
                if (calm || world.chance(0.7)) {
                    merge(calm ? truth() : seen);
                }
                future.complete(view);
            }
        });
        return future;
    }

    @Override
    public void leaderHint(UUID topicId, int partition, int leaderId, int leaderEpoch) {
        List<PartitionView> leaders =
                new ArrayList<>(view.topicsById().get(TOPIC).partitions());
        if (leaders.get(partition).leaderEpoch() < leaderEpoch) {
            leaders.set(partition, new PartitionView(partition, leaderId, leaderEpoch));
            view = viewOf(leaders);
        }
    }

    private void merge(ClusterView newer) {
        List<PartitionView> leaders = new ArrayList<>();
        for (int index = 0; index < partitions.size(); index++) {
            PartitionView known = view.partition(TOPIC, index);
            PartitionView told = newer.partition(TOPIC, index);
            leaders.add(told.leaderEpoch() >= known.leaderEpoch() ? told : known);
        }
        view = viewOf(leaders);
    }

    /** Starts to break things, until {@link #heal}. */
    void chaos() {
        world.laterMs(50, 350, () -> {
            if (!calm) {
                oneFault();
                chaos();
            }
        });
    }

    private void oneFault() {
        SimBroker broker = brokers.get(world.random.nextInt(3));
        switch (world.random.nextInt(8)) {
            // Elections are what moves a partition from one node of the proxy to another.
            case 0, 1, 2, 3 -> {
                SimPartition partition = partitions.get(world.random.nextInt(partitions.size()));
                move(partition, world.random.nextInt(3));
            }
            case 4 -> net.breakWires(broker, world.chance(0.5) ? 5 : 800);
            case 5 -> killForAWhile(broker);
            case 6 -> cutOffForAWhile(broker);
            default -> {
                store.outage = true;
                world.laterMs(100, 2_000, () -> store.outage = false);
            }
        }
    }

    private void move(SimPartition partition, int to) {
        SimBroker next = brokers.get(to);
        if (!next.alive || next.cutOff) {
            return;
        }
        int uncommitted = partition.log.size() - partition.highWatermark;
        int kept = partition.leaderId == to
                ? partition.log.size()
                : partition.highWatermark + (uncommitted == 0 ? 0 : world.random.nextInt(uncommitted + 1));
        int from = partition.leaderId;
        partition.elect(to, kept);
        int epoch = partition.epoch;
        world.trace("move p" + partition.index + " " + from + " to " + to + " epoch " + epoch + " kept " + kept);
        world.laterMs(0, 80, () -> {
            if (partition.epoch == epoch) {
                next.learn(partition.index, epoch);
            }
        });
        if (from >= 0 && from != to && !brokers.get(from).cutOff) {
            world.laterMs(0, 300, () -> {
                if (partition.leaderId != from) {
                    brokers.get(from).learn(partition.index, null);
                }
            });
        }
    }

    private void failOver(SimBroker broker) {
        for (SimPartition partition : partitions) {
            if (partition.leaderId == broker.id && (broker.cutOff || !broker.alive)) {
                move(partition, (broker.id + 1 + world.random.nextInt(2)) % 3);
            }
        }
    }

    private void killForAWhile(SimBroker broker) {
        if (othersAreUp(broker)) {
            world.trace("kill " + broker.id);
            broker.kill();
            net.breakWires(broker, 100);
            world.laterMs(20, 400, () -> failOver(broker));
            world.laterMs(500, 2_500, () -> revive(broker));
        }
    }

    private void cutOffForAWhile(SimBroker broker) {
        if (othersAreUp(broker)) {
            world.trace("cut off " + broker.id);
            broker.cutOff = true;
            net.breakWires(broker, 1_500);
            world.laterMs(20, 800, () -> failOver(broker));
            world.laterMs(300, 2_500, () -> revive(broker));
        }
    }

    private boolean othersAreUp(SimBroker broker) {
        return brokers.stream().allMatch(other -> other.alive && !other.cutOff) && broker.alive;
    }

    /** Back, it learns what it leads. */
    private void revive(SimBroker broker) {
        broker.alive = true;
        broker.cutOff = false;
        world.trace("back " + broker.id);
        for (SimPartition partition : partitions) {
            broker.learn(partition.index, partition.leaderId == broker.id ? Integer.valueOf(partition.epoch) : null);
        }
    }

    void heal() {
        calm = true;
        store.calm = true;
        store.outage = false;
        brokers.forEach(this::revive);
    }
}
