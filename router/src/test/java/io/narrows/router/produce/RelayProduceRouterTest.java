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
import io.narrows.relay.store.ObjectStoreException;
import io.narrows.relay.wal.WalBlock;
import io.narrows.relay.wal.WalWriter;
import io.narrows.router.lane.ProducerSequence;
import io.narrows.router.policy.PathMode;
import io.narrows.router.policy.S3Health;
import io.narrows.router.topology.Broker;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.PartitionView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.TopicView;
import io.narrows.router.topology.Topology;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The router in zone a, with a broker per zone that leads one partition each, in virtual time. */
class RelayProduceRouterTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long PUT_NANOS = 60 * MS;
    private static final long SLOW_NANOS = 3_000 * MS;
    private static final long GET_NANOS = 20 * MS;
    private static final long ROUND_TRIP_NANOS = 2 * MS;
    private static final UUID TOPIC = new UUID(0, 5);
    private static final ProduceContext CONTEXT =
            new ProduceContext((short) -1, 5_000, (short) 12, null, "User", "alice", "client", "10.0.0.1");

    private final ManualLoop loop = new ManualLoop(0);
    private final MemoryBudget budget = MemoryBudget.of(1 << 30);
    private final List<ByteBuf> buffers = new ArrayList<>();
    private final List<Integer> objectBytes = new ArrayList<>();
    private final List<AppendRequest> frames = new ArrayList<>();
    private final Map<String, ProduceConnection> connections = new HashMap<>();
    /** Partitions whose batches the leader answers late. */
    private final Set<Integer> slow = new HashSet<>();

    private final Map<Integer, RelayEndpoint> unusualRelays = new HashMap<>();
    private boolean s3Fails;
    private int putSlots = Integer.MAX_VALUE;
    private int putsUnderWay;
    private @Nullable RelayProduceRouter router;

    @AfterEach
    void nothingIsHeldAtTheEnd() {
        router.close();
        loop.advance(10_000 * MS);
        assertThat(budget.usedBytes()).isZero();
        buffers.forEach(buffer -> assertThat(buffer.refCnt()).isZero());
    }

    @Test
    void tenMegabytesPerSecondMakeObjectsOfAMebibyteAndAMedianBelow140Ms() {
        open(PathMode.AUTO);
        List<Long> tookNanos = new ArrayList<>();
        ProduceConnection[] clients = {router.connect(), router.connect(), router.connect()};
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            long sentAt = loop.nanoTime();
            // 64 KiB per batch, 160 batches per second.
            produce(clients[i % 3], random.nextInt(3), 64 << 10).whenComplete((outcome, failure) -> {
                assertThat(outcome.get(0).errorCode()).isZero();
                tookNanos.add(loop.nanoTime() - sentAt);
            });
            loop.advance((long) (6.25 * MS * 2 * random.nextDouble()));
        }
        loop.advance(1_000 * MS);

        assertThat(tookNanos).hasSize(1_000);
        long[] sorted = tookNanos.stream().mapToLong(Long::longValue).sorted().toArray();
        assertThat(sorted[sorted.length / 2]).isLessThan(140 * MS);
        // The first windows are small: the estimate has to learn the rate.
        List<Integer> settled = objectBytes.subList(objectBytes.size() / 4, objectBytes.size());
        assertThat(settled.stream().mapToInt(Integer::intValue).average().orElse(0))
                .isGreaterThan(1 << 20);
    }

    @Test
    void aSmallClientWaitsForOneWindowAndNotForAllThatABigOneHasLinedUp() {
        putSlots = 1;
        open(PathMode.STAGED);
        ProduceConnection big = router.connect();
        List<CompletableFuture<List<BatchOutcome>>> bigs = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            bigs.add(produce(big, 1 + i % 2, 256 << 10));
        }
        loop.advance(MS);
        CompletableFuture<List<BatchOutcome>> small = produce(router.connect(), context("small"), 1, 1 << 10);

        loop.advance(2 * PUT_NANOS + GET_NANOS + 10 * MS);

        assertThat(small).isCompleted();
        assertThat(bigs.stream().filter(CompletableFuture::isDone).count()).isLessThan(200);
        loop.advance(10_000 * MS);
        assertThat(bigs).allMatch(CompletableFuture::isDone);
        assertThat(objectBytes).as("bounded all the same").allMatch(bytes -> bytes <= 16 << 20);
    }

    @Test
    void aClientWhoseBytesAddNextToNothingWaitsForNoWindowAndKeepsItsOrder() {
        open(PathMode.AUTO);
        ProduceConnection big = router.connect();
        ProduceConnection small = router.connect();
        List<Long> tookNanos = new ArrayList<>();
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            var unused = produce(big, i % 3, 256 << 10);
            if (i % 20 == 0) {
                int number = i / 20;
                long sentAt = loop.nanoTime();
                produce(small, context("small"), 1, 1 << 10).whenComplete((outcome, failure) -> {
                    answered.add(number);
                    tookNanos.add(loop.nanoTime() - sentAt);
                });
            }
            loop.advance(5 * MS);
        }
        loop.advance(1_000 * MS);

        assertThat(answered).hasSize(100).isSorted();
        assertThat(tookNanos.subList(40, 100))
                .as("once the windows' cost is known")
                .allMatch(took -> took < 10 * MS);
        assertThat(objectBytes.stream().mapToLong(Integer::longValue).sum())
                .as("what the big one sent is staged")
                .isGreaterThan(1_900L * (256 << 10));
    }

    @Test
    void aSlowPartitionHoldsUpNothingOfOthersAtTheSameLeader() {
        slow.add(1);
        open(PathMode.STAGED);
        ProduceConnection client = router.connect();
        CompletableFuture<List<BatchOutcome>> waits = produce(client, 1, 64 << 10);
        List<CompletableFuture<List<BatchOutcome>>> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(produce(client, 3, 64 << 10));
            others.add(produce(router.connect(), context("other"), 3, 64 << 10));
            loop.advance(50 * MS);
        }
        loop.advance(500 * MS);

        assertThat(others).allMatch(CompletableFuture::isDone);
        assertThat(waits).isNotDone();
        loop.advance(SLOW_NANOS);
        assertThat(waits).isCompletedWithValueMatching(list -> list.get(0).errorCode() == Errors.NONE.code());
    }

    /** What it sent before may be under way at the other one, and a leader that does not know it would take any batch. */
    @Test
    void aProducerThatMayHaveBatchesAtAnotherProxySendsAgainUnlessItBegins() {
        open(PathMode.DIRECT);
        assertThat(errorOf(context("known"), 7)).isEqualTo(Errors.NONE);
        router.ownersChanged();
        assertThat(errorOf(context("known"), 8)).isEqualTo(Errors.NONE);
        assertThat(errorOf(context("new"), 0)).isEqualTo(Errors.NONE);
        assertThat(errorOf(context("comes"), 5)).isEqualTo(Errors.NOT_LEADER_OR_FOLLOWER);
        assertThat(errorOf(context("comes"), 5)).isEqualTo(Errors.NONE);
        assertThat(errorOf(context("comes"), 6)).isEqualTo(Errors.NONE);
        loop.advance(TimeUnit.MINUTES.toNanos(7));
        assertThat(errorOf(context("later"), 9)).isEqualTo(Errors.NONE);
    }

    private Errors errorOf(ProduceContext context, int sequence) {
        ProduceConnection client = connections.computeIfAbsent(context.clientId(), id -> router.connect());
        CompletableFuture<List<BatchOutcome>> outcome = produce(client, context, 1, 1 << 10, sequence);
        loop.advance(500 * MS);
        return Errors.forCode(outcome.join().get(0).errorCode());
    }

    private static ProduceContext context(String clientId) {
        return new ProduceContext((short) -1, 5_000, (short) 12, null, "User", "alice", clientId, "10.0.0.1");
    }

    @Test
    void whatWaitsForTheWriterInVainGoesAsBytes() {
        putSlots = 0;
        open(PathMode.STAGED);
        ProduceConnection big = router.connect();
        List<CompletableFuture<List<BatchOutcome>>> bigs = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            bigs.add(produce(big, 1 + i % 2, 256 << 10));
        }
        loop.advance(4_000 * MS);
        assertThat(bigs).allMatch(CompletableFuture::isDone);
        assertThat(objectBytes).isEmpty();
    }

    @Test
    void aTrickleIsForwardedAtOnceWithoutAnyPut() {
        open(PathMode.AUTO);
        ProduceConnection client = router.connect();
        for (int i = 0; i < 100; i++) {
            long sentAt = loop.nanoTime();
            long[] answeredAt = new long[1];
            produce(client, i % 3, 1_000).whenComplete((outcome, failure) -> answeredAt[0] = loop.nanoTime());
            loop.advance(10 * MS);
            assertThat(answeredAt[0] - sentAt).isLessThanOrEqualTo(ROUND_TRIP_NANOS + 2 * MS);
        }
        assertThat(objectBytes).isEmpty();
    }

    @Test
    void aStagedWindowIsOnePutAndOneFramePerLeader() {
        open(PathMode.STAGED);
        ProduceConnection client = router.connect();
        for (int i = 0; i < 12; i++) {
            produce(client, i % 3, 10_000);
        }
        loop.advance(1_000 * MS);

        assertThat(objectBytes).containsExactly(120_000);
        assertThat(frames).hasSize(3);
        for (AppendRequest frame : frames) {
            AppendEntry entry = frame.groups().get(0).entries().get(0);
            boolean local = entry.partition() == 0;
            assertThat(entry.pointer()).isNotNull();
            assertThat(entry.bytes() != null).isEqualTo(local);
            assertThat(frame.groups()).hasSize(1);
        }
    }

    @Test
    void aWindowWhosePutFailsGoesAsBytes() {
        s3Fails = true;
        open(PathMode.STAGED);
        CompletableFuture<List<BatchOutcome>> outcome = produce(router.connect(), 1, 10_000);
        loop.advance(1_000 * MS);

        assertThat(outcome).isCompletedWithValueMatching(list -> list.get(0).errorCode() == 0);
        assertThat(frames.get(0).groups().get(0).entries().get(0).pointer()).isNull();
    }

    @Test
    void aFailingStoreIsLeftAloneUntilTheBreakerProbesIt() {
        s3Fails = true;
        open(PathMode.STAGED);
        ProduceConnection client = router.connect();
        for (int i = 0; i < 30; i++) {
            produce(client, 1, 10_000);
            loop.advance(200 * MS);
        }
        assertThat(objectBytes).hasSizeBetween(3, 8);
        assertThat(status().s3()).isNotEqualTo(S3Health.Status.CLOSED);

        s3Fails = false;
        produce(client, 1, 10_000);
        loop.advance(8_000 * MS);
        produce(client, 1, 10_000);
        loop.advance(1_000 * MS);
        assertThat(status().s3()).isEqualTo(S3Health.Status.CLOSED);
    }

    @Test
    void aLeaderWithoutARelayEndpointIsARetriableError() {
        unusualRelays.put(2, RelayEndpoint.NONE);
        open(PathMode.AUTO);
        CompletableFuture<List<BatchOutcome>> outcome = produce(router.connect(), 2, 1_000);
        loop.advance(100 * MS);
        assertThat(outcome)
                .isCompletedWithValueMatching(list -> list.get(0).errorCode() == Errors.LEADER_NOT_AVAILABLE.code());
    }

    @Test
    void aLeaderThatHasNotToldItsRelayEndpointYetIsWaitedFor() {
        unusualRelays.put(2, RelayEndpoint.UNKNOWN);
        open(PathMode.AUTO);
        CompletableFuture<List<BatchOutcome>> outcome = produce(router.connect(), 2, 1_000);
        loop.advance(2_000 * MS);
        assertThat(outcome).isNotDone();

        unusualRelays.clear();
        loop.advance(2_000 * MS);
        assertThat(outcome).isCompletedWithValueMatching(list -> list.get(0).errorCode() == Errors.NONE.code());
    }

    @Test
    void aTopicThatDoesNotExistAnyMoreIsTheErrorOfAStockBroker() {
        open(PathMode.AUTO);
        CompletableFuture<List<BatchOutcome>> outcome = produce(router.connect(), 9, 1_000);
        loop.advance(100 * MS);
        assertThat(outcome)
                .isCompletedWithValueMatching(
                        list -> list.get(0).errorCode() == Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }

    @Test
    void drainSendsWhatIsHeldAndEndsWithTheLastAnswer() {
        open(PathMode.STAGED);
        CompletableFuture<List<BatchOutcome>> outcome = produce(router.connect(), 1, 10_000);
        loop.advance(1 * MS);
        CompletableFuture<Boolean> drained = router.drain(5_000 * MS);
        loop.advance(PUT_NANOS + GET_NANOS + 10 * MS);

        assertThat(outcome).isCompleted();
        assertThat(drained).isCompletedWithValue(true);
    }

    @Test
    void closeAnswersWhatIsUnderWayAndRefusesWhatComesLater() {
        open(PathMode.STAGED);
        ProduceConnection client = router.connect();
        CompletableFuture<List<BatchOutcome>> before = produce(client, 1, 10_000);
        loop.advance(1 * MS);
        router.close();
        CompletableFuture<List<BatchOutcome>> after = produce(client, 1, 10_000);
        loop.runPending();
        assertThat(before).isCompleted();
        assertThat(after).isCompleted();
    }

    private RouterStatus status() {
        CompletableFuture<RouterStatus> status = router.status();
        loop.runPending();
        return status.getNow(null);
    }

    private CompletableFuture<List<BatchOutcome>> produce(ProduceConnection client, int partition, int bytes) {
        return produce(client, CONTEXT, partition, bytes);
    }

    private CompletableFuture<List<BatchOutcome>> produce(
            ProduceConnection client, ProduceContext context, int partition, int bytes) {
        return produce(client, context, partition, bytes, 0);
    }

    private CompletableFuture<List<BatchOutcome>> produce(
            ProduceConnection client, ProduceContext context, int partition, int bytes, int sequence) {
        ByteBuf buffer = Unpooled.wrappedBuffer(new byte[bytes]);
        buffers.add(buffer);
        return client.produce(new ProduceCall(
                context,
                List.of(new ProduceCall.PartitionBatch(
                        TOPIC,
                        partition,
                        buffer,
                        new ProducerSequence(context.clientId().hashCode() & 0xff, (short) 0, sequence),
                        0))));
    }

    private void open(PathMode mode) {
        RouterConfig config = RouterConfig.defaults(
                new RouterConfig.Identity("a", "proxy-a", 1, "test"), mode, PriceBooks.builtIn("aws-us-east-1"));
        router = RelayProduceRouter.create(
                config,
                new RouterDependencies(
                        loop, new Cluster(), new Store(), new Relay(), budget, new MetricRegistry(), new Random(1)));
    }

    private final class Cluster implements Topology {
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
            TopicView topic = new TopicView("t", TOPIC, partitions);
            return new ClusterView("c", 0, brokers, Map.of("t", topic), Map.of(TOPIC, topic));
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopics(Set<String> names, AutoCreate autoCreate) {
            return CompletableFuture.completedFuture(view());
        }

        @Override
        public CompletableFuture<ClusterView> refreshTopicIds(Set<UUID> ids) {
            return CompletableFuture.completedFuture(view());
        }

        @Override
        public void leaderHint(UUID topicId, int partition, int leaderId, int leaderEpoch) {}
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
            loop.schedule(ROUND_TRIP_NANOS, () -> opened.complete(new Leader(address.getPort(), listener)));
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
            return new HelloReply(RelayError.NONE, "", 1, "c", id, String.valueOf((char) ('a' + id)), 64 << 20);
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
                    (slow.contains(entry.partition()) ? late : results)
                            .add(new EntryResult(
                                    index, RelayError.NONE, (short) 0, 0, -1, 0, 0, -1, -1, null, List.of()));
                    entry.release();
                }
            }
            answerIn(took, request, results);
            answerIn(SLOW_NANOS, request, late);
        }

        private void answerIn(long nanos, AppendRequest request, List<EntryResult> results) {
            if (!results.isEmpty()) {
                loop.schedule(nanos, () -> listener.onResult(new AppendResult(request.requestId(), results)));
            }
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
