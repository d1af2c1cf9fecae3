package io.narrows.proxy.fake;

import io.narrows.relay.rpc.EntryResult.RecordError;
import io.narrows.router.produce.BatchOutcome;
import io.narrows.router.produce.ProduceCall;
import io.narrows.router.produce.ProduceCall.PartitionBatch;
import io.narrows.router.produce.ProduceConnection;
import io.narrows.router.produce.ProduceRouter;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * A cluster in memory: topics, leaders and logs that keep the bytes of each batch. As a topology it knows only the
 * topics that were asked for, like the real one. Thread-safe.
 */
public final class FakeCluster implements Topology, ProduceRouter {
    public static final String CLUSTER_ID = "fake-cluster";
    public static final int REAL_BROKER = 7;
    public static final int REAL_EPOCH = 4;

    /** What was appended to one partition, in order. */
    public record Appended(ProduceCall call, PartitionBatch batch, byte[] bytes, long baseOffset) {}

    private final Map<String, TopicView> topics = new ConcurrentHashMap<>();
    private final Map<String, List<Appended>> logs = new ConcurrentHashMap<>();
    private final AtomicInteger openConnections = new AtomicInteger();
    private final AtomicInteger refreshes = new AtomicInteger();
    private volatile RelayEndpoint relay = RelayEndpoint.NONE;
    private volatile ClusterView view = viewOf(Map.of());
    private volatile Function<PartitionBatch, BatchOutcome> answers = batch -> ok(0);
    private volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);
    private volatile CompletableFuture<Void> refreshGate = CompletableFuture.completedFuture(null);

    public TopicView createTopic(String name, int partitions) {
        TopicView topic = new TopicView(
                name,
                UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                IntStream.range(0, partitions)
                        .mapToObj(index -> new PartitionView(index, REAL_BROKER, REAL_EPOCH))
                        .toList());
        topics.put(name, topic);
        return topic;
    }

    /** Where the broker takes batches; before anything asks for topics. */
    public void relayAt(RelayEndpoint endpoint) {
        relay = endpoint;
    }

    /** The partition has this leader from now on. */
    public void lead(String topic, PartitionView partition) {
        topics.computeIfPresent(topic, (name, known) -> {
            List<PartitionView> partitions = new java.util.ArrayList<>(known.partitions());
            partitions.set(partition.partition(), partition);
            return new TopicView(name, known.id(), partitions);
        });
    }

    public Map<String, TopicView> topics() {
        return topics;
    }

    /** Replaces the leader's verdict; offsets are assigned where it has no error. */
    public void answerWith(Function<PartitionBatch, BatchOutcome> outcome) {
        answers = outcome;
    }

    /** Produces are answered only after the future completes. */
    public void holdProduceUntil(CompletableFuture<Void> release) {
        gate = release;
    }

    public void holdRefreshUntil(CompletableFuture<Void> release) {
        refreshGate = release;
    }

    public List<Appended> log(String topic, int partition) {
        return logs.getOrDefault(key(topics.get(topic).id(), partition), List.of());
    }

    public int refreshes() {
        return refreshes.get();
    }

    public int openProduceConnections() {
        return openConnections.get();
    }

    public static BatchOutcome ok(long baseOffset) {
        return new BatchOutcome((short) 0, baseOffset, -1, 0, 0, -1, null, List.<RecordError>of());
    }

    @Override
    public ClusterView view() {
        return view;
    }

    @Override
    public CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
        refreshes.incrementAndGet();
        return refreshGate.thenApply(unused -> learn(names));
    }

    @Override
    public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
        refreshes.incrementAndGet();
        return refreshGate.thenApply(unused -> learn(topics.values().stream()
                .filter(topic -> ids.contains(topic.id()))
                .map(TopicView::name)
                .collect(java.util.stream.Collectors.toSet())));
    }

    private synchronized ClusterView learn(Set<String> names) {
        Map<String, TopicView> known = new HashMap<>(view.topicsByName());
        names.forEach(name -> {
            TopicView topic = topics.get(name);
            if (topic == null) {
                known.remove(name);
            } else {
                known.put(name, topic);
            }
        });
        view = viewOf(known);
        return view;
    }

    private ClusterView viewOf(Map<String, TopicView> known) {
        Broker broker = new Broker(REAL_BROKER, "real-broker.internal", 9092, "b", relay);
        return ClusterView.of(CLUSTER_ID, REAL_BROKER, Map.of(REAL_BROKER, broker), known.values());
    }

    @Override
    public void leaderHint(UUID topicId, int partition, int leaderId, int leaderEpoch) {}

    @Override
    public void used(UUID topicId) {}

    @Override
    public ProduceConnection connect() {
        openConnections.incrementAndGet();
        return new ProduceConnection() {
            @Override
            public CompletableFuture<List<BatchOutcome>> produce(ProduceCall call) {
                List<BatchOutcome> outcomes = new ArrayList<>();
                call.batches().forEach(batch -> outcomes.add(append(call, batch)));
                CompletableFuture<Void> release = gate;
                return release.thenApply(unused -> {
                    call.batches().forEach(batch -> batch.bytes().release());
                    return outcomes;
                });
            }

            @Override
            public void close() {
                openConnections.decrementAndGet();
            }
        };
    }

    private synchronized BatchOutcome append(ProduceCall call, PartitionBatch batch) {
        byte[] bytes = ByteBufUtil.getBytes(batch.bytes());
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        if ((int) crc.getValue() != batch.crc32c()) {
            throw new AssertionError("the session's checksum is wrong");
        }
        BatchOutcome outcome = answers.apply(batch);
        if (outcome.errorCode() != 0) {
            return outcome;
        }
        List<Appended> log = logs.computeIfAbsent(
                key(batch.topicId(), batch.partition()), unused -> new java.util.concurrent.CopyOnWriteArrayList<>());
        long base = log.isEmpty()
                ? 0
                : log.get(log.size() - 1).baseOffset()
                        + records(log.get(log.size() - 1).bytes());
        log.add(new Appended(call, batch, bytes, base));
        return new BatchOutcome(
                (short) 0, base, outcome.logAppendTimeMs(), 0, outcome.throttleTimeMs(), -1, null, List.of());
    }

    private static int records(byte[] batch) {
        return java.nio.ByteBuffer.wrap(batch).getInt(57);
    }

    private static String key(UUID topicId, int partition) {
        return topicId + "-" + partition;
    }
}
