package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.ClientMemory;
import io.narrows.router.topology.ClusterTopology;
import io.narrows.router.topology.ClusterView;
import io.narrows.router.topology.RelayEndpoint;
import io.narrows.router.topology.Topology;
import io.narrows.router.topology.TopologyMetrics;
import io.narrows.router.topology.TopologySettings;
import io.narrows.router.upstream.NettyUpstream;
import io.narrows.router.upstream.UpstreamSettings;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.testing.Await;
import io.netty.channel.EventLoop;
import io.netty.channel.nio.NioEventLoopGroup;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the proxy learns of a real cluster: zones, relay endpoints, and a topic from its creation on. */
final class TopologyIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    @Test
    void theViewOfARealClusterIsComplete(@TempDir Path directory) throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")), Map.of(), ProxyPath.STAGED.proxySettings());
        NioEventLoopGroup eventLoops = new NioEventLoopGroup(1);
        EventLoop eventLoop = eventLoops.next();
        try (InProcessCluster cluster = InProcessCluster.start(directory, options)) {
            NettyUpstream upstream = new NettyUpstream(
                    eventLoop,
                    UpstreamSettings.defaults(bootstrap(cluster), "a", null),
                    new MetricRegistry(),
                    ClientMemory.of(1 << 20),
                    new Random(1));
            ClusterTopology topology = new ClusterTopology(
                    new NettyLoop(eventLoop),
                    upstream,
                    upstream,
                    TopologySettings.defaults(Map.of()),
                    new TopologyMetrics(new MetricRegistry()));
            topology.start();

            Await.until(
                    "brokers with relays",
                    SOON,
                    () -> topology.view().brokers().size() == 3
                            && topology.view().brokers().values().stream()
                                    .allMatch(broker -> broker.relay() instanceof RelayEndpoint.At));
            Await.until("a topic with leaders", SOON, () -> hasLeaders(create(topology, "orders")));

            UUID id = topology.view().topicsByName().get("orders").id();
            ClusterView byId = Await.result("the topic by id", SOON, topology.refreshTopicIds(Set.of(id)));
            assertThat(byId.topicsById()).containsKey(id);
            assertThat(byId.brokers().values())
                    .extracting(broker -> broker.zone())
                    .doesNotContain("")
                    .doesNotHaveDuplicates();
            assertThat(upstream.versions(ApiKeys.METADATA).max()).isEqualTo(ApiKeys.METADATA.latestVersion());
            topology.close();
            upstream.close();
        } finally {
            eventLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static ClusterView create(Topology topology, String topic) {
        return Await.result("a refresh", SOON, topology.refreshTopics(Set.of(topic), Topology.AutoCreate.ALLOWED));
    }

    private static boolean hasLeaders(ClusterView view) {
        return view.topicsByName().containsKey("orders")
                && view.topicsByName().get("orders").partitions().stream().allMatch(one -> one.leaderId() >= 0);
    }

    private static List<InetSocketAddress> bootstrap(InProcessCluster cluster) {
        return Arrays.stream(cluster.layout().brokerBootstrap(0).split(","))
                .map(address -> InetSocketAddress.createUnresolved(Utils.getHost(address), Utils.getPort(address)))
                .toList();
    }
}
