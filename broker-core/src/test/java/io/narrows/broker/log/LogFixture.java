package io.narrows.broker.log;

import io.narrows.broker.link.BatchHeader;
import io.narrows.broker.server.BrokerParts;
import io.narrows.broker.server.TestParts;
import io.narrows.relay.pointer.Pointer;
import io.narrows.relay.pointer.WalObjectId;
import io.narrows.relay.store.MemoryObjectStore;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Crc32C;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.ConfigRepository;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.OffsetResultHolder;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** Real hybrid logs in a directory, without a broker around them. Used by one thread; the logs are as safe as ever. */
public final class LogFixture implements AutoCloseable {
    final MemoryObjectStore store = new MemoryObjectStore();
    final TestParts parts = new TestParts(store);
    /** Links to skip. */
    final Set<Pointer> skipped = ConcurrentHashMap.newKeySet();

    final LinkServices links = parts().links(new OpenGate());
    final Properties config = new Properties();

    private final Path directory;
    private final KafkaScheduler scheduler = new WithoutFlush();
    private final BrokerTopicStats stats = new BrokerTopicStats();
    private final Map<String, HybridLog> open = new HashMap<>();
    private long nextObject;

    public LogFixture(Path directory) {
        this.directory = directory;
        config.put("segment.index.bytes", "4096");
        scheduler.startup();
    }

    private BrokerParts parts() {
        BrokerParts stock = parts.of(1);
        return new BrokerParts(
                stock.reads(),
                stock.stalledNanos(),
                stock.extension(),
                stock.tier(),
                stock.references(),
                skipped::contains);
    }

    /** Partition 0 of a topic, after a clean shutdown or new. */
    public HybridLog open(String topic) throws IOException {
        return open(topic, 0, true);
    }

    /** As after a crash, with what the checkpoint file said. */
    public HybridLog recover(String topic, long recoveryPoint) throws IOException {
        return open(topic, recoveryPoint, false);
    }

    private HybridLog open(String topic, long recoveryPoint, boolean clean) throws IOException {
        LogEnvironment environment = new LogEnvironment(
                new NoTopicConfigs(), scheduler, Time.SYSTEM, stats, new LogDirFailureChannel(1), links);
        HybridLog log = HybridLogLoader.open(
                new LogOpening(
                        dir(topic).toFile(),
                        new LogConfig(config),
                        0,
                        recoveryPoint,
                        clean,
                        Optional.of(new Uuid(1, topic.hashCode())),
                        new ConcurrentHashMap<>()),
                new LogOwner(
                        environment,
                        900_000,
                        new ProducerStateManagerConfig(86_400_000, false),
                        600_000,
                        false,
                        links));
        open.put(topic, log);
        return log;
    }

    Path dir(String topic) {
        return directory.resolve(topic + "-0");
    }

    /** Leaves the files as a process that is killed does. */
    public void kill(String topic) {
        open.remove(topic).closeHandlers();
    }

    public void close(String topic) {
        open.remove(topic).close();
    }

    /** Appends one batch of one record as bytes. */
    public static void appendInline(HybridLog log, int valueBytes) {
        append(log, batch(valueBytes));
    }

    /** Stores a batch of one record in an object of its own and appends its link. Returns where the bytes are. */
    Pointer appendLink(HybridLog log, int valueBytes) {
        return appendLink(log, batch(valueBytes));
    }

    Pointer appendLink(HybridLog log, MemoryRecords records) {
        Pointer pointer = stage(records);
        links.staged().put(records, pointer);
        append(log, records);
        return pointer;
    }

    Pointer stage(MemoryRecords records) {
        ByteBuffer bytes = ByteBuffer.allocate(records.sizeInBytes())
                .put(records.buffer().duplicate())
                .flip();
        BatchHeader.assign(bytes, 0, 0, -1);
        WalObjectId object = new WalObjectId("test", 1, nextObject++);
        store.put(object.key(), Unpooled.copiedBuffer(bytes)).join();
        return new Pointer(object, 0, bytes.remaining(), (int) Crc32C.compute(bytes, 0, bytes.remaining()));
    }

    static MemoryRecords batch(int valueBytes) {
        byte[] value = new byte[valueBytes];
        new Random(valueBytes).nextBytes(value);
        return MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord(1_700_000_000_000L, "key".getBytes(), value));
    }

    public static void append(HybridLog log, MemoryRecords records) {
        log.appendAsLeader(
                records, 0, AppendOrigin.CLIENT, RequestLocal.noCaching(), VerificationGuard.SENTINEL, (short) 0);
    }

    /** The offset that ListOffsets would answer. */
    static Optional<Long> find(HybridLog log, long timestamp) throws Exception {
        OffsetResultHolder result = log.fetchOffsetByTimestamp(timestamp, Optional.empty());
        Optional<FileRecords.TimestampAndOffset> found =
                result.futureHolderOpt().isEmpty()
                        ? result.timestampAndOffsetOpt()
                        : result.futureHolderOpt()
                                .get()
                                .taskFuture()
                                .get(20, TimeUnit.SECONDS)
                                .timestampAndOffset();
        return found.map(each -> each.offset);
    }

    @Override
    public void close() throws Exception {
        open.values().forEach(HybridLog::closeHandlers);
        scheduler.shutdown();
        parts.close();
        stats.close();
        store.close();
    }

    /** Logs are flushed by the test alone, not some time after a roll. */
    private static final class WithoutFlush extends KafkaScheduler {
        WithoutFlush() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(String name, Runnable task, long delayMs, long periodMs) {
            return super.schedule(name, name.equals("flush-log") ? () -> {} : task, delayMs, periodMs);
        }
    }

    private static final class OpenGate implements LinkGate {
        @Override
        public boolean open() {
            return true;
        }

        @Override
        public boolean open(String topic) {
            return true;
        }
    }

    private static final class NoTopicConfigs implements ConfigRepository {
        @Override
        public Properties config(org.apache.kafka.common.config.ConfigResource resource) {
            return new Properties();
        }
    }
}
