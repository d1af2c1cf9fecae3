package io.narrows.proxy.fake;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.api.ApiTable;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.proxy.server.KafkaServer;
import io.narrows.proxy.server.Listener;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.price.PriceBooks;
import io.narrows.relay.rpc.AppendEntry;
import io.narrows.relay.rpc.AppendGroup;
import io.narrows.relay.rpc.AppendRequest;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.EntryResult;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.HelloReply;
import io.narrows.relay.rpc.RelayClient;
import io.narrows.relay.rpc.RelayClientSettings;
import io.narrows.relay.rpc.RelayError;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.relay.rpc.RelayProtocol;
import io.narrows.relay.rpc.RelayServer;
import io.narrows.relay.rpc.RelayServerSettings;
import io.narrows.relay.rpc.RelaySession;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.wal.PipelinedWalWriter;
import io.narrows.relay.wal.WalMetrics;
import io.narrows.relay.wal.WalWriterLimits;
import io.narrows.router.policy.PathMode;
import io.narrows.router.produce.RelayProduceRouter;
import io.narrows.router.produce.RouterConfig;
import io.narrows.router.produce.RouterDependencies;
import io.narrows.router.topology.RelayEndpoint;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A proxy's whole produce path on loopback: real sessions, lanes and windows, and real ends of the relay with a model
 * leader that takes everything in order. Owns its event loops.
 */
public final class RelayedZone implements AutoCloseable {
    private static final long MEMORY_BYTES = 64 << 20;
    private static final int MAX_BATCH_BYTES = 4 << 20;

    public final FakeCluster cluster = new FakeCluster();
    public final MetricRegistry metrics = new MetricRegistry();
    public final ClientMemory memory = ClientMemory.of(MEMORY_BYTES);
    public final MemoryBudget held = MemoryBudget.of(1 << 30);
    public final RelayProduceRouter router;
    public final int port;

    private final NioEventLoopGroup loops = new NioEventLoopGroup(2);
    private final ModelLeader leader;
    private final RelayServer relay;
    private final KafkaServer server;

    /** {@code zone} of the leader; clients and proxy are in "a". */
    public RelayedZone(PathMode mode, String zone, long seed) throws Exception {
        leader = new ModelLeader(zone);
        relay = new RelayServer(
                loops, RelayServerSettings.defaults(), new RelayMetrics(metrics, RelayMetrics.SERVER), leader);
        InetSocketAddress at =
                relay.listen(new InetSocketAddress("127.0.0.1", 0)).get(10, TimeUnit.SECONDS);
        cluster.relayAt(RelayEndpoint.at("127.0.0.1", at.getPort()));
        EventLoop routerLoop = loops.next();
        NettyLoop loop = new NettyLoop(routerLoop);
        PipelinedWalWriter writer = new PipelinedWalWriter(
                new MemoryObjectStore(),
                new PipelinedWalWriter.Identity("proxy-a", 1),
                new WalWriterLimits(4, 1_000, 1_000, 16, TimeUnit.SECONDS.toNanos(5)),
                loop,
                new WalMetrics(metrics));
        router = RelayProduceRouter.create(
                RouterConfig.defaults(
                        new RouterConfig.Identity("a", "proxy-a", 1, "test"),
                        mode,
                        PriceBooks.builtIn("aws-us-east-1")),
                new RouterDependencies(
                        loop,
                        cluster,
                        writer,
                        new RelayClient(
                                routerLoop,
                                RelayClientSettings.defaults(),
                                new RelayMetrics(metrics, RelayMetrics.CLIENT)),
                        held,
                        metrics,
                        new Random(seed)));
        ApiTable apis = new ApiTable(new ApiTable.Dependencies(
                cluster,
                new FakeUpstream(cluster),
                router,
                new VirtualCluster(FakeZone.NODE_ID, 1, "a", List.of("test-*")),
                new FetchSettings("a", 1 << 20),
                loop));
        server = new KafkaServer(new KafkaServer.Dependencies(loops, loops, apis, memory, metrics, FakeZone.LIMITS));
        port = server.bind(new Listener("CLIENTS", "127.0.0.1", 0, null, Optional.empty()))
                .get(10, TimeUnit.SECONDS)
                .getPort();
    }

    /** Relay connections that were opened: more than one if the leader or the proxy has closed one. */
    public int relayConnections() {
        return leader.hellos.get();
    }

    /** Batches that the leader got in parts. */
    public int batchesInParts() {
        return leader.inParts.get();
    }

    public long malformedFrames() {
        return metrics.counter("relay.server.malformedFrames").getCount();
    }

    @Override
    public void close() throws Exception {
        server.drain(5_000).get(10, TimeUnit.SECONDS);
        router.close();
        relay.close().get(10, TimeUnit.SECONDS);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }

    /** Appends every entry at the next offset of its partition, as its bytes or pointers come. */
    private static final class ModelLeader implements RelaySession.Handler {
        private final String zone;
        private final AtomicInteger hellos = new AtomicInteger();
        private final AtomicInteger inParts = new AtomicInteger();
        private final Map<String, Long> nextOffsets = new ConcurrentHashMap<>();

        ModelLeader(String zone) {
            this.zone = zone;
        }

        @Override
        public HelloReply onHello(RelaySession session, Hello hello) {
            hellos.incrementAndGet();
            return new HelloReply(
                    RelayError.NONE,
                    "",
                    RelayProtocol.negotiate(hello),
                    FakeCluster.CLUSTER_ID,
                    FakeCluster.REAL_BROKER,
                    zone,
                    RelayProtocol.MIN_MAX_FRAME_BYTES,
                    MAX_BATCH_BYTES,
                    0);
        }

        @Override
        public void onAppend(RelaySession session, AppendRequest request) {
            List<EntryResult> results = new ArrayList<>();
            for (AppendGroup group : request.groups()) {
                for (AppendEntry entry : group.entries()) {
                    ByteBuf bytes = entry.bytes();
                    if (entry.carrier() == AppendEntry.Carrier.PARTS && bytes != null) {
                        inParts.incrementAndGet();
                    }
                    long offset = nextOffsets.merge(entry.topicId() + "-" + entry.partition(), 1L, Long::sum) - 1;
                    results.add(new EntryResult(
                            results.size(), RelayError.NONE, (short) 0, offset, -1, 0, 0, -1, -1, null, List.of()));
                }
            }
            request.release();
            session.reply(new AppendResult(request.requestId(), results));
        }

        @Override
        public void onAnnounce(RelaySession session, long number, int batchBytes) {
            session.grant(number);
        }

        @Override
        public void onWithdraw(RelaySession session, long number) {}

        @Override
        public void onClosed(RelaySession session) {}
    }
}
