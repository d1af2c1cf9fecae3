package io.narrows.broker.server;

import com.codahale.metrics.MetricRegistry;
import io.narrows.broker.config.BrokerSettings.LinkMode;
import io.narrows.broker.metrics.BrokerMetrics;
import io.narrows.broker.read.CatchUpReadThrottle;
import io.narrows.broker.read.ReadServices;
import io.narrows.broker.relay.RelaySettings;
import io.narrows.broker.replica.FollowerFetchBatching;
import io.narrows.broker.stage.StageSettings;
import io.narrows.relay.loop.NettyLoop;
import io.narrows.relay.memory.MemoryBudget;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.price.PriceBooks;
import io.narrows.relay.range.CachingRangeReader;
import io.narrows.relay.range.RangeMetrics;
import io.narrows.relay.range.RangeReaderLimits;
import io.narrows.relay.store.MemoryObjectStore;
import io.narrows.relay.store.MemoryObjectStore.Effect;
import io.narrows.relay.store.MemoryObjectStore.Operation;
import io.narrows.relay.store.ObjectStoreException.Kind;
import io.narrows.relay.wal.PipelinedWalWriter;
import io.narrows.relay.wal.WalMetrics;
import io.narrows.relay.wal.WalWriterLimits;
import io.narrows.testing.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Three brokers with relay and staging on one object store in memory, which a test can slow down and break. Used by one
 * test thread; owns everything but the directory.
 */
final class RelayCluster implements AutoCloseable {
    /** How the object store behaves now. */
    volatile Weather weather = Weather.FINE;

    static final int READ_MEMORY_BYTES = 8 << 20;

    private final DefaultEventExecutor executor = new DefaultEventExecutor();
    private final NettyLoop loop = new NettyLoop(executor);
    private final Random jitter = new Random(7);
    private final AtomicLong sequence = new AtomicLong();
    final MemoryObjectStore store = new MemoryObjectStore(loop, this::effect);
    final Map<Integer, MetricRegistry> registries = new ConcurrentHashMap<>();
    private final Map<Integer, LeaderExtension> extensions = new ConcurrentHashMap<>();
    private final List<CachingRangeReader> readers = new CopyOnWriteArrayList<>();
    private final LinkMode linkMode;
    final TestCluster brokers;

    /** Delays of GETs and PUTs, with a random part on top, and what fails. */
    record Weather(long getMs, long putMs, long jitterMs, boolean putsFail, boolean putsHang) {
        static final Weather FINE = new Weather(0, 0, 0, false, false);

        static Weather slowGets(long getMs, long jitterMs) {
            return new Weather(getMs, 0, jitterMs, false, false);
        }

        static Weather slowPuts(long putMs) {
            return new Weather(0, putMs, 0, false, false);
        }
    }

    RelayCluster(Path directory, LinkMode linkMode, Properties extra) {
        this.linkMode = linkMode;
        Properties properties = new Properties();
        properties.put("replica.fetch.backoff.ms", "100");
        properties.putAll(extra);
        brokers = new TestCluster(directory, properties, this::parts);
    }

    private BrokerParts parts(int id) {
        MetricRegistry registry = new MetricRegistry();
        registries.put(id, registry);
        CachingRangeReader ranges = new CachingRangeReader(
                store, RangeReaderLimits.withCache(16 << 20), loop, new RangeMetrics(registry, "broker"));
        readers.add(ranges);
        PipelinedWalWriter writer = new PipelinedWalWriter(
                store,
                new PipelinedWalWriter.Identity("broker-" + id, 1),
                new WalWriterLimits(8, 1000, 100, 16, TimeUnit.SECONDS.toNanos(5)),
                loop,
                new WalMetrics(registry));
        RelaySettings relay = new RelaySettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                16 << 20,
                8 << 20,
                2,
                1,
                2_000,
                RelaySettings.Security.NONE);
        StageSettings stage = new StageSettings(
                linkMode,
                1024,
                new StageSettings.Window(1 << 20, 20),
                500,
                8 << 20,
                PriceBooks.builtIn("aws-us-east-1"));
        LeaderExtension extension = new LeaderExtension(
                new LeaderExtension.Settings(relay, stage, new FollowerFetchBatching.Waits(20, 20)),
                new LeaderExtension.Dependencies(ranges, writer, registry));
        extensions.put(id, extension);
        BrokerMetrics metrics = new BrokerMetrics(registry);
        return new BrokerParts(
                new ReadServices(
                        ranges,
                        ranges,
                        CatchUpReadThrottle.unlimited(loop, metrics),
                        executor,
                        MemoryBudget.of(READ_MEMORY_BYTES),
                        loop,
                        metrics),
                extension);
    }

    private Effect effect(Operation operation, String key, int bytes) {
        Weather now = weather;
        long random = now.jitterMs() == 0 ? 0 : jitter.nextLong(now.jitterMs());
        if (operation == Operation.GET) {
            return Effect.delay(TimeUnit.MILLISECONDS.toNanos(now.getMs() + random));
        }
        if (operation == Operation.PUT && now.putsHang()) {
            return Effect.fail(TimeUnit.HOURS.toNanos(1), Kind.UNAVAILABLE);
        }
        if (operation == Operation.PUT && now.putsFail()) {
            return Effect.fail(0, Kind.UNAVAILABLE);
        }
        return Effect.delay(TimeUnit.MILLISECONDS.toNanos(now.putMs() + random));
    }

    /** Puts the batches into one object, as a proxy would have, and says where they are. */
    List<Pointer> staged(List<byte[]> batches) {
        WalObjectId object = new WalObjectId("proxy-a", 1, sequence.getAndIncrement());
        ByteBuf body = Unpooled.buffer().writeLong(0);
        List<Pointer> pointers = new ArrayList<>();
        for (byte[] batch : batches) {
            CRC32C crc = new CRC32C();
            crc.update(batch, 0, batch.length);
            pointers.add(new Pointer(object, body.writerIndex(), batch.length, (int) crc.getValue()));
            body.writeBytes(batch);
        }
        Weather before = weather;
        weather = Weather.FINE;
        store.put(object.key(), body).join();
        weather = before;
        return pointers;
    }

    InetSocketAddress relay(int broker) {
        return extensions.get(broker).relayAddress();
    }

    /** Replicated over all brokers, led by broker 1; every broker knows it. */
    UUID createTopic(Admin admin, String name, int partitions) throws Exception {
        Map<Integer, List<Integer>> assignment = new HashMap<>();
        for (int i = 0; i < partitions; i++) {
            assignment.put(i, List.of(1, 2, 3));
        }
        Uuid id = admin.createTopics(List.of(new NewTopic(name, assignment)))
                .topicId(name)
                .get();
        for (int broker = 1; broker <= 3; broker++) {
            var cache = brokers.server(broker).broker().metadataCache();
            Await.until(
                    "broker " + broker + " knows the topic",
                    Duration.ofSeconds(10),
                    () -> cache.getTopicName(id).isPresent());
        }
        var replicas = brokers.server(1).broker().replicaManager();
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition(name, i);
            Await.until("broker 1 leads " + partition, Duration.ofSeconds(20), () -> {
                var online = replicas.onlinePartition(partition);
                return online.isDefined() && online.get().isLeader();
            });
        }
        return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
    }

    /** The numbers of the committed records of a partition, which are so many or more. */
    List<Integer> numbers(String topic, int partition, int atLeast) throws Exception {
        List<Integer> numbers = new ArrayList<>();
        Map<String, Object> config =
                Map.of("bootstrap.servers", brokers.bootstrap(), "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition one = new TopicPartition(topic, partition);
            consumer.assign(List.of(one));
            consumer.seekToBeginning(List.of(one));
            Await.until(
                    atLeast + " records are committed",
                    Duration.ofSeconds(20),
                    () -> consumer.endOffsets(List.of(one)).get(one) >= atLeast);
            long end = consumer.endOffsets(List.of(one)).get(one);
            while (consumer.position(one) < end) {
                consumer.poll(Duration.ofMillis(500)).forEach(entry -> numbers.add(Batches.numberOf(entry.value())));
            }
        }
        return numbers;
    }

    long meter(int broker, String name) {
        return registries.get(broker).meter(name).getCount();
    }

    long counter(int broker, String name) {
        return registries.get(broker).counter(name).getCount();
    }

    @Override
    public void close() {
        brokers.close();
        readers.forEach(CachingRangeReader::close);
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
