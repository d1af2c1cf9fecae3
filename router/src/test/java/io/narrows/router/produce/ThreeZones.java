package io.narrows.router.produce;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.price.PriceBooks;
import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.HelloReply;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayConnector;
import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelayRefusedException;
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalWriter;
import io.narrows.router.lane.ProducerSequence;
import io.narrows.router.policy.PathMode;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.KnownCluster;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A router in zone a, and a broker per zone that leads one partition each, zone b's two: store and leaders that do what
 * a test wants, in virtual time. Owns the batches that it sends; nothing of them is held when it is closed.
 */
final class ThreeZones implements AutoCloseable {
    static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    static final long PUT_NANOS = 60 * MS;
    static final long SLOW_NANOS = 3_000 * MS;
    static final long GET_NANOS = 20 * MS;
    static final long ROUND_TRIP_NANOS = 2 * MS;
    static final UUID TOPIC = new UUID(0, 5);

    final ManualLoop loop = new ManualLoop(0);
    final List<Integer> objectBytes = new ArrayList<>();
    final List<AppendRequest> frames = new ArrayList<>();

    /** Partitions whose batches the leader answers late. */
    final Set<Integer> slowPartitions = new HashSet<>();

    /** Leaders that cannot read objects. */
    final Set<Integer> blindLeaders = new HashSet<>();

    /** The greatest incarnation of the proxy that a leader remembers of a start that has ended. */
    final Map<Integer, Long> remembered = new HashMap<>();

    final List<Hello> hellos = new ArrayList<>();
    final List<RelayConnection> connections = new ArrayList<>();
    /** What leaders have, and what the topology has heard of; null: no topic. */
    @Nullable
    UUID topicId = TOPIC;

    @Nullable
    UUID knownTopicId = TOPIC;

    /** By topic id, the sizes of the batches that leaders have appended, in order. */
    final Map<UUID, List<Integer>> appended = new HashMap<>();

    final Map<Integer, RelayEndpoint> unusualRelays = new HashMap<>();
    /** How leaders answer a Hello; none: they accept it. */
    final Map<Integer, RelayError> refusals = new HashMap<>();

    /** Leaders in the order in which they were said Hello to. */
    final List<Integer> asked = new ArrayList<>();

    /** The latest connection of each. */
    final Map<Integer, RelayConnection> leaders = new HashMap<>();

    boolean s3Fails;
    int putSlots = Integer.MAX_VALUE;
    /** Null until a test opens it. */
    RelayProduceRouter router;

    private final MemoryBudget budget = MemoryBudget.of(1 << 30);
    private final List<ByteBuf> buffers = new ArrayList<>();
    private int putsUnderWay;

    @Override
    public void close() {
        if (router != null) {
            router.close();
        }
        loop.advance(10_000 * MS);
        assertThat(budget.usedBytes()).isZero();
        buffers.forEach(buffer -> assertThat(buffer.refCnt()).isZero());
    }

    static ProduceContext context(String clientId) {
        return new ProduceContext((short) -1, 5_000, (short) 12, null, "User", "alice", clientId, "10.0.0.1");
    }

    void open(PathMode mode) {
        RouterConfig config = RouterConfig.defaults(
                new RouterConfig.Identity("a", "proxy-a", 1, "test"), mode, PriceBooks.builtIn("aws-us-east-1"));
        router = RelayProduceRouter.create(
                config,
                new RouterDependencies(
                        loop, new Cluster(), new Store(), new Relay(), budget, new MetricRegistry(), new Random(1)));
    }

    RouterStatus status() {
        CompletableFuture<RouterStatus> status = router.status();
        loop.runPending();
        return status.getNow(null);
    }

    CompletableFuture<List<BatchOutcome>> produce(ProduceConnection client, int partition, int bytes) {
        return produce(client, context("client"), partition, bytes);
    }

    CompletableFuture<List<BatchOutcome>> produce(
            ProduceConnection client, ProduceContext context, int partition, int bytes) {
        return produce(client, context, partition, bytes, 0);
    }

    CompletableFuture<List<BatchOutcome>> produce(
            ProduceConnection client, ProduceContext context, int partition, int bytes, int sequence) {
        return produceTo(knownTopicId == null ? TOPIC : knownTopicId, client, context, partition, bytes, sequence);
    }

    CompletableFuture<List<BatchOutcome>> produceTo(
            UUID topic, ProduceConnection client, ProduceContext context, int partition, int bytes, int sequence) {
        ByteBuf buffer = Unpooled.wrappedBuffer(new byte[bytes]);
        buffers.add(buffer);
        return client.produce(new ProduceCall(
                context,
                List.of(new ProduceCall.PartitionBatch(
                        topic,
                        partition,
                        buffer,
                        new ProducerSequence(context.clientId().hashCode() & 0xff, (short) 0, sequence),
                        0)),
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER));
    }

    private final class Cluster implements KnownCluster {
        @Override
        public ClusterView view() {
            Map<Integer, Broker> brokers = new HashMap<>();
            List<PartitionView> partitions = new ArrayList<>();
            for (int id = 0; id < 3; id++) {
                RelayEndpoint relay = unusualRelays.getOrDefault(id, RelayEndpoint.at("relay", id));
                brokers.put(id, new Broker(id, "broker", 9092, String.valueOf((char) ('a' + id)), relay));
                partitions.add(new PartitionView(id, id, 1));
            }
            partitions.add(new PartitionView(3, 1, 1));
            if (knownTopicId == null) {
                return ClusterView.of("c", 0, brokers, List.of());
            }
            return ClusterView.of("c", 0, brokers, List.of(new TopicView("t", knownTopicId, partitions)));
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
            knownTopicId = topicId;
            return KnownCluster.super.refreshTopics(names, autoCreate);
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
            knownTopicId = ids.contains(topicId) ? topicId : null;
            return KnownCluster.super.refreshTopicIds(ids);
        }
    }

    private final class Store implements WalWriter {
        @Override
        public boolean ready() {
            return putsUnderWay < putSlots;
        }

        @Override
        public long readyInNanos() {
            return 0;
        }

        @Override
        public CompletableFuture<List<Pointer>> write(List<WalBlock> blocks) {
            List<Pointer> pointers = new ArrayList<>();
            int position = 0;
            for (WalBlock block : blocks) {
                pointers.add(new Pointer(
                        new WalObjectId("proxy-a", 1, objectBytes.size()), position, block.length(), block.crc32c()));
                position += block.length();
            }
            objectBytes.add(position);
            CompletableFuture<List<Pointer>> written = new CompletableFuture<>();
            // As a real writer: what is not ready lines up.
            long before = putSlots == 0 ? 0 : putsUnderWay / putSlots;
            putsUnderWay++;
            loop.schedule(PUT_NANOS * (1 + before), () -> {
                putsUnderWay--;
                blocks.forEach(block -> block.bytes().release());
                if (s3Fails) {
                    written.completeExceptionally(
                            new ObjectStoreException(ObjectStoreException.Kind.UNAVAILABLE, "503", null));
                } else {
                    written.complete(pointers);
                }
            });
            return written;
        }

        @Override
        public void close() {}
    }

    /** Leaders that append everything, after a GET if all they got is a pointer. */
    private final class Relay implements RelayConnector {
        @Override
        public CompletableFuture<RelayConnection> connect(
                InetSocketAddress address, Hello hello, RelayConnection.Listener listener) {
            CompletableFuture<RelayConnection> opened = new CompletableFuture<>();
            int id = address.getPort();
            hellos.add(hello);
            asked.add(id);
            RelayError refusal = refusals.get(id);
            loop.schedule(ROUND_TRIP_NANOS, () -> {
                long known = remembered.getOrDefault(id, 0L);
                if (refusal != null) {
                    opened.completeExceptionally(new RelayRefusedException(refusal, "said by " + id));
                    return;
                }
                if (hello.incarnation() < known) {
                    opened.completeExceptionally(
                            new RelayRefusedException(RelayError.WRITER_BEHIND, "a later start", known));
                    return;
                }
                remembered.put(id, hello.incarnation());
                Leader leader = new Leader(id, listener);
                connections.add(leader);
                leaders.put(id, leader);
                opened.complete(leader);
            });
            return opened;
        }
    }

    private final class Leader implements RelayConnection {
        private final int id;
        private final Listener listener;

        Leader(int id, Listener listener) {
            this.id = id;
            this.listener = listener;
        }

        @Override
        public HelloReply peer() {
            return new HelloReply(
                    RelayError.NONE, "", 2, "c", id, String.valueOf((char) ('a' + id)), 64 << 20, 64 << 20, 0);
        }

        @Override
        public void send(AppendRequest request) {
            frames.add(request);
            long took = ROUND_TRIP_NANOS;
            List<EntryResult> results = new ArrayList<>();
            List<EntryResult> late = new ArrayList<>();
            for (AppendGroup group : request.groups()) {
                for (AppendEntry entry : group.entries()) {
                    took = entry.bytes() == null ? ROUND_TRIP_NANOS + GET_NANOS : took;
                    int index = results.size() + late.size();
                    boolean unreadable = entry.bytes() == null && blindLeaders.contains(id);
                    RelayError error = unreadable ? RelayError.OBJECT_UNREADABLE : RelayError.NONE;
                    (slowPartitions.contains(entry.partition()) ? late : results)
                            .add(new EntryResult(
                                    index,
                                    error,
                                    error == RelayError.NONE ? append(entry) : 0,
                                    0,
                                    -1,
                                    0,
                                    0,
                                    -1,
                                    -1,
                                    null,
                                    List.of()));
                    entry.release();
                }
            }
            answerIn(took, request, results);
            answerIn(SLOW_NANOS, request, late);
        }

        private short append(AppendEntry entry) {
            if (!entry.topicId().equals(topicId)) {
                return Errors.UNKNOWN_TOPIC_ID.code();
            }
            ByteBuf bytes = entry.bytes();
            Pointer pointer = entry.pointer();
            int size = bytes != null ? bytes.readableBytes() : pointer == null ? 0 : pointer.length();
            appended.computeIfAbsent(entry.topicId(), id -> new ArrayList<>()).add(size);
            return Errors.NONE.code();
        }

        private void answerIn(long nanos, AppendRequest request, List<EntryResult> results) {
            if (!results.isEmpty()) {
                loop.schedule(nanos, () -> listener.onResult(new AppendResult(request.requestId(), results)));
            }
        }

        @Override
        public void announce(long number, ByteBuf batch) {
            throw new AssertionError("no batch is larger than a frame");
        }

        @Override
        public void withdraw(long number) {
            throw new AssertionError("no batch is larger than a frame");
        }

        @Override
        public void sendPart(ByteBuf part) {
            throw new AssertionError("no batch is larger than a frame");
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void close() {
            loop.execute(() -> listener.onClosed(new java.io.IOException("closed")));
        }
    }
}
