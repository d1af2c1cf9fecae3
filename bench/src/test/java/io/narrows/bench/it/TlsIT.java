package io.narrows.bench.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.codahale.metrics.MetricRegistry;
import io.narrows.cli.cluster.ClusterOptions;
import io.narrows.cli.cluster.InProcessCluster;
import io.narrows.cli.cluster.ProxyPath;
import io.narrows.relay.net.TlsEngines;
import io.narrows.relay.rpc.AppendResult;
import io.narrows.relay.rpc.Hello;
import io.narrows.relay.rpc.RelayClient;
import io.narrows.relay.rpc.RelayClientSettings;
import io.narrows.relay.rpc.RelayConnection;
import io.narrows.relay.rpc.RelayMetrics;
import io.narrows.relay.rpc.RelayProtocol;
import io.narrows.relay.rpc.RelayRefusedException;
import io.narrows.relay.rpc.WireCompression;
import io.narrows.s3server.EmbeddedS3Config;
import io.narrows.testing.Await;
import io.narrows.testing.SelfSignedKey;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything between a proxy and brokers over TLS: Kafka's listeners, with fetches and groups, and the relay. */
final class TlsIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int RECORDS = 300;

    @Test
    void proxiesAndBrokersProveThemselvesToEachOther(@TempDir Path directory) throws Exception {
        SelfSignedKey brokerKey = SelfSignedKey.create(directory, "broker");
        SelfSignedKey proxyKey = SelfSignedKey.create(directory, "proxy");
        Path trusted = SelfSignedKey.trustStore(directory, "trusted", List.of(brokerKey, proxyKey));
        ClusterOptions options = new ClusterOptions(
                EmbeddedS3Config.inDirectory(directory.resolve("s3")),
                brokerSettings(directory, trusted),
                proxySettings(directory, trusted));
        try (InProcessCluster cluster = InProcessCluster.start(directory, options)) {
            createTopic(cluster, directory, trusted);
            produce(cluster.layout().proxyAddress(0));
            assertThat(read(cluster.layout().proxyAddress(1))).hasSize(RECORDS).doesNotHaveDuplicates();
            assertThat(cluster.batches().link()).isPositive();

            InetSocketAddress relay = address(cluster.layout().relayAddress(0));
            String clusterId = cluster.broker(0).clusterId();
            assertThatThrownBy(() -> connect(relay, clusterId, engines(brokerKey, brokerKey)))
                    .hasRootCauseInstanceOf(RelayRefusedException.class)
                    .rootCause()
                    .hasMessageContaining("User:CN=broker is not in narrows.relay.allowed.principals");
            assertThatThrownBy(() -> connect(relay, clusterId, null)).isNotNull();
        }
    }

    private static Map<String, String> brokerSettings(Path directory, Path trusted) {
        Map<String, String> settings = new HashMap<>(ProxyPath.STAGED.brokerSettings());
        settings.put("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:SSL");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("ssl.client.auth", "required");
        settings.put("narrows.relay.security.protocol", "SSL");
        settings.put("narrows.relay.allowed.principals", "User:CN=proxy; User:CN=other,O=proxies");
        settings.putAll(keys("", directory.resolve("broker.p12"), trusted));
        return settings;
    }

    private static Map<String, String> proxySettings(Path directory, Path trusted) {
        Map<String, String> settings = new HashMap<>(ProxyPath.STAGED.proxySettings());
        settings.put("upstream.security.protocol", "SSL");
        settings.put("relay.security.protocol", "SSL");
        settings.putAll(keys("upstream.", directory.resolve("proxy.p12"), trusted));
        return settings;
    }

    private static Map<String, String> keys(String prefix, Path key, Path trusted) {
        return Map.of(
                prefix + "ssl.keystore.type",
                "PKCS12",
                prefix + "ssl.keystore.location",
                key.toString(),
                prefix + "ssl.keystore.password",
                SelfSignedKey.PASSWORD,
                prefix + "ssl.truststore.type",
                "PKCS12",
                prefix + "ssl.truststore.location",
                trusted.toString(),
                prefix + "ssl.truststore.password",
                SelfSignedKey.PASSWORD);
    }

    private static void createTopic(InProcessCluster cluster, Path directory, Path trusted) throws Exception {
        Map<String, Object> settings = new HashMap<>(keys("", directory.resolve("proxy.p12"), trusted));
        settings.put("security.protocol", "SSL");
        settings.put("bootstrap.servers", cluster.layout().brokerBootstrap(0));
        try (Admin admin = Admin.create(settings)) {
            admin.createTopics(List.of(new NewTopic("secure", 3, (short) 3)))
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static void produce(String proxy) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", proxy, "acks", "all", "linger.ms", 5);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < RECORDS; i++) {
                sent.add(producer.send(new ProducerRecord<>("secure", i % 3, null, Utils.utf8("record-" + i))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get(30, TimeUnit.SECONDS);
            }
        }
    }

    private static List<String> read(String proxy) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", proxy, "group.id", "secure", "auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("secure"));
            Await.until("all records", SOON, () -> {
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(200))) {
                    values.add(Utils.utf8(one.value()));
                }
                return values.size() >= RECORDS;
            });
        }
        return values;
    }

    private static TlsEngines engines(SelfSignedKey own, SelfSignedKey peer) throws Exception {
        SslContext context = SslContextBuilder.forClient()
                .keyManager(own.identity())
                .trustManager(peer.trust())
                .build();
        return (host, port) -> context.newEngine(ByteBufAllocator.DEFAULT, host, port);
    }

    private static void connect(InetSocketAddress relay, String clusterId, @Nullable TlsEngines tls) {
        NioEventLoopGroup eventLoops = new NioEventLoopGroup(1);
        try {
            RelayClient client = new RelayClient(
                    eventLoops.next(),
                    new RelayClientSettings(2_000, 2_000, 3_000, 12_000, WireCompression.NONE, tls),
                    new RelayMetrics(new MetricRegistry(), RelayMetrics.CLIENT));
            Hello hello = new Hello(
                    RelayProtocol.MIN_VERSION, RelayProtocol.MAX_VERSION, clusterId, "a", "impostor", 1, "test");
            Await.result("a connection", SOON, client.connect(relay, hello, new Ignored()));
        } finally {
            eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    private static InetSocketAddress address(String hostAndPort) {
        return new InetSocketAddress(Utils.getHost(hostAndPort), Utils.getPort(hostAndPort));
    }

    private static final class Ignored implements RelayConnection.Listener {
        @Override
        public void onResult(AppendResult result) {}

        @Override
        public void onGranted(long number) {}

        @Override
        public void onWritable() {}

        @Override
        public void onClosed(Throwable cause) {}
    }
}
