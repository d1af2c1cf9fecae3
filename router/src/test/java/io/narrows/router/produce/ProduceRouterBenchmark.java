package io.narrows.router.produce;

import com.codahale.metrics.MetricRegistry;
import io.narrows.relay.loop.ManualLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.price.PriceBooks;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.HelloReply;
import io.narrows.relay.rpc.ProduceContext;
import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayError;
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
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.Errors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time and, with {@code -prof gc}, heap per batch of the produce path between session and relay: lanes, window, policy,
 * frames, answers. Store and leaders respond immediately and are counted too.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class ProduceRouterBenchmark {
    private static final int PARTITIONS = 16;
    private static final long TICK_NANOS = 1_000;
    private static final UUID TOPIC = new UUID(0, 5);
    private static final ProduceContext CONTEXT =
            new ProduceContext((short) -1, 30_000, (short) 12, null, "User", "alice", "client", "10.0.0.1");

    @Param({"DIRECT", "STAGED"})
    public String mode;

    private final ManualLoop loop = new ManualLoop(0);
    private final ByteBuf bytes =
            PooledByteBufAllocator.DEFAULT.directBuffer(4096).writeZero(4096);
    private ProduceConnection lanes;

    @Setup
    public void open() {
        RouterConfig defaults = RouterConfig.defaults(
                new RouterConfig.Identity("a", "proxy-a", 1, "bench"),
                PathMode.parse(mode),
                PriceBooks.builtIn("aws-us-east-1"));
        lanes = RelayProduceRouter.create(
                        defaults,
                        new RouterDependencies(
                                loop,
                                new Cluster(),
                                new Store(),
                                (address, hello, listener) ->
                                        CompletableFuture.completedFuture(new Leader(address.getPort(), listener)),
                                MemoryBudget.of(1 << 30),
                                new MetricRegistry(),
                                new Random(1)))
                .connect();
    }

    /** One request with a batch for each partition. */
    @Benchmark
    @OperationsPerInvocation(PARTITIONS)
    public CompletableFuture<List<BatchOutcome>> produce() {
        List<ProduceCall.PartitionBatch> batches = new ArrayList<>(PARTITIONS);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            batches.add(new ProduceCall.PartitionBatch(
                    TOPIC, partition, bytes.retain(), new ProducerSequence(7, (short) 0, 0), 0));
        }
        CompletableFuture<List<BatchOutcome>> answered =
                lanes.produce(new ProduceCall(CONTEXT, batches, Errors.OUT_OF_ORDER_SEQUENCE_NUMBER));
        loop.advance(TICK_NANOS);
        if (mode.equals("STAGED")) {
            loop.advance(RouterConfig.DEFAULT_LINGER_NANOS);
        }
        if (!answered.isDone()) {
            throw new IllegalStateException("no answer");
        }
        return answered;
    }

    private static final class Cluster implements KnownCluster {
        private final ClusterView view;

        Cluster() {
            List<PartitionView> partitions = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                partitions.add(new PartitionView(partition, partition % 3, 1));
            }
            TopicView topic = new TopicView("t", TOPIC, partitions);
            view = ClusterView.of("c", 0, Map.of(0, broker(0), 1, broker(1), 2, broker(2)), List.of(topic));
        }

        private static Broker broker(int id) {
            return new Broker(id, "b", 9092, zone(id), RelayEndpoint.at("b", id));
        }

        static String zone(int id) {
            return id == 0 ? "a" : id == 1 ? "b" : "c";
        }

        @Override
        public ClusterView view() {
            return view;
        }
    }

    private static final class Store implements WalWriter {
        private final WalObjectId id = new WalObjectId("proxy-a", 1, 1);

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public long readyInNanos() {
            return 0;
        }

        @Override
        public CompletableFuture<List<Pointer>> write(List<WalBlock> blocks) {
            List<Pointer> pointers = new ArrayList<>(blocks.size());
            for (WalBlock block : blocks) {
                pointers.add(new Pointer(id, 0, block.length(), block.crc32c()));
                block.bytes().release();
            }
            return CompletableFuture.completedFuture(pointers);
        }

        @Override
        public void close() {}
    }

    private static final class Leader implements RelayConnection {
        private final int id;
        private final Listener listener;

        Leader(int id, Listener listener) {
            this.id = id;
            this.listener = listener;
        }

        @Override
        public HelloReply peer() {
            return new HelloReply(RelayError.NONE, "", 2, "c", id, Cluster.zone(id), 64 << 20, 64 << 20, 0);
        }

        @Override
        public void send(AppendRequest request) {
            List<EntryResult> results = new ArrayList<>();
            for (AppendGroup group : request.groups()) {
                for (int i = 0; i < group.entries().size(); i++) {
                    results.add(new EntryResult(
                            results.size(), RelayError.NONE, (short) 0, 0, -1, 0, 0, -1, -1, null, List.of()));
                }
            }
            request.release();
            listener.onResult(new AppendResult(request.requestId(), results));
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
        public void close() {}
    }
}
