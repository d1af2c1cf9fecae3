package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.cli.cluster.Ready;
import io.narrows.cli.load.LoadResult;
import io.narrows.cli.load.LoadRun;
import io.narrows.proxy.api.BrokerDifference;
import io.narrows.s3server.EmbeddedS3Config;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Garbage, half requests and clients that never read, on the port that good clients use at the same time. */
final class RudeClientsIT {
    private static final int CLIENTS = 40;

    @TempDir
    Path directory;

    @Test
    void goodClientsNoticeNothingOfRudeOnes() throws Exception {
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")), Map.of(), ProxyPath.AUTO.proxySettings());
        Random random = new Random(11);
        try (InProcessCluster cluster = InProcessCluster.start(directory, options)) {
            Loads loads = new Loads(cluster.layout().brokerBootstrap(0), cluster.endpoints());
            LoadRun run = loads.start(Loads.lasting(Loads.plan(), Duration.ofSeconds(6)));
            List<Socket> open = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                open.add(rude(cluster.layout().proxyPorts().get(client % 3), client, random));
            }
            LoadResult result = Loads.finish("beside rude clients", run);
            assertThat(result.errors()).isEmpty();
            for (Socket socket : open) {
                socket.close();
            }
            assertThat(Ready.await(
                            Duration.ofSeconds(10),
                            () -> cluster.proxy(0).status().join().clients().memoryUsedBytes() == 0))
                    .as("memory of the rude clients is given back")
                    .isTrue();
        }
    }

    /** Every API and version with odd values, to a proxy and to a stock broker; the reference page says what differs. */
    @Test
    void rawRequestsGetTheResponsesOfAStockBroker() throws Exception {
        Map<String, String> small =
                Map.of("offsets.topic.num.partitions", "1", "transaction.state.log.num.partitions", "1");
        ClusterOptions options =
                new ClusterOptions(EmbeddedS3Config.inDirectory(directory.resolve("s3")), small, Map.of());
        try (StockBroker stock = StockBroker.start(directory.resolve("stock"), small);
                InProcessCluster cluster = InProcessCluster.start(directory.resolve("narrows"), options)) {
            Map<BrokerDifference, Integer> explained = new EnumMap<>(BrokerDifference.class);
            List<RawComparison.Difference> unexplained = new ArrayList<>();
            for (RawComparison.Difference difference : RawComparison.differences(
                    stock.port(), cluster.layout().proxyPorts().get(0))) {
                BrokerDifference reason = RawComparison.reason(difference);
                if (reason == null) {
                    unexplained.add(difference);
                } else {
                    explained.merge(reason, 1, Integer::sum);
                }
            }
            assertThat(unexplained).isEmpty();
            assertThat(explained.keySet())
                    .as("differences that are allowed and do not exist any more")
                    .containsExactly(
                            BrokerDifference.NOT_SERVED,
                            BrokerDifference.API_VERSIONS,
                            BrokerDifference.NAMED_TWICE,
                            BrokerDifference.ISOLATION_LEVEL);
        }
    }

    private static Socket rude(int port, int kind, Random random) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        OutputStream out = socket.getOutputStream();
        try {
            switch (kind % 5) {
                case 0 -> out.write(bytes(random, 4096));
                case 1 ->
                    out.write(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array());
                case 2 -> out.write(ByteBuffer.allocate(4).putInt(-1).array());
                case 3 -> {
                    // Half a Produce request: the length says more than ever comes.
                    out.write(ByteBuffer.allocate(8)
                            .putInt(50_000)
                            .putShort((short) 0)
                            .putShort((short) 9)
                            .array());
                    out.write(bytes(random, 20_000));
                }
                default -> neverReads(out);
            }
            out.flush();
        } catch (IOException e) {
            // The proxy has hung up already: as it should.
            assertThat(e).isInstanceOf(IOException.class);
        }
        return socket;
    }

    /** Many ApiVersions requests whose answers are left in the socket. */
    private static void neverReads(OutputStream out) throws IOException {
        for (int i = 0; i < 500; i++) {
            ByteBuffer request = ByteBuffer.allocate(14);
            request.putInt(10)
                    .putShort((short) 18)
                    .putShort((short) 0)
                    .putInt(i)
                    .putShort((short) -1);
            out.write(request.array());
        }
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
