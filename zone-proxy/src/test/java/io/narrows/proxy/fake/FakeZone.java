package io.narrows.proxy.fake;

import com.codahale.metrics.MetricRegistry;
import io.narrows.proxy.api.ApiTable;
import io.narrows.proxy.fetch.FetchSettings;
import io.narrows.proxy.metadata.VirtualCluster;
import io.narrows.proxy.server.KafkaServer;
import io.narrows.proxy.server.Listener;
import io.narrows.proxy.server.SessionLimits;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
import io.netty.channel.nio.NioEventLoopGroup;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A server on real sockets in front of a {@link FakeCluster}. Owns its event loops. */
public final class FakeZone implements AutoCloseable {
    public static final int NODE_ID = 900;
    public static final SessionLimits SESSION = new SessionLimits(64, 8 << 20, 60_000, 10_000, 10_000, 8 << 20);
    public static final KafkaServer.Limits LIMITS = new KafkaServer.Limits(100, 100, 8 << 20, 1 << 20, SESSION);

    public final FakeCluster cluster = new FakeCluster();
    public final FakeUpstream upstream = new FakeUpstream(cluster);
    public final MetricRegistry metrics = new MetricRegistry();
    public final ClientMemory memory;
    public final ApiTable apis;
    public final KafkaServer server;
    public final int port;
    private final NioEventLoopGroup loops = new NioEventLoopGroup(2);

    public FakeZone() throws Exception {
        this(LIMITS, 64 << 20, Optional.empty());
    }

    public FakeZone(KafkaServer.Limits limits, long memoryBytes, Optional<java.util.Map<String, ?>> ssl)
            throws Exception {
        memory = ClientMemory.of(memoryBytes);
        apis = new ApiTable(new ApiTable.Dependencies(
                cluster,
                upstream,
                cluster,
                new VirtualCluster(NODE_ID, 1, "a", List.of("test-*")),
                new FetchSettings("a", 1 << 20),
                new NettyLoop(loops.next())));
        server = new KafkaServer(new KafkaServer.Dependencies(loops, loops, apis, memory, metrics, limits));
        port = server.bind(new Listener("CLIENTS", "127.0.0.1", 0, null, ssl))
                .get(10, TimeUnit.SECONDS)
                .getPort();
    }

    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() throws Exception {
        server.drain(5_000).get(10, TimeUnit.SECONDS);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }
}
