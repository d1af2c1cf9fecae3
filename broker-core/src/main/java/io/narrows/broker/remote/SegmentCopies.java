package io.narrows.broker.remote;

import io.narrows.broker.log.HybridLog;
import io.narrows.broker.tier.SegmentMetadata;
import io.narrows.broker.tier.SegmentStorage;
import io.narrows.broker.tier.TierServices;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import kafka.server.BrokerServer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.server.common.StopPartition;
import org.apache.kafka.server.log.remote.TopicPartitionLog;
import org.apache.kafka.server.log.remote.storage.RemoteLogManager;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.quota.QuotaType;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ties our storage manager to the broker around it: its services, the real sizes of segments, which segment follows which, and
 * the sweeps of what stock code leaves. Thread-safe.
 */
final class SegmentCopies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentCopies.class);

    private final RemoteLogManager manager;
    private final BrokerServer broker;
    private final SegmentSweeps sweeps;

    private SegmentCopies(RemoteLogManager manager, BrokerServer broker, SegmentSweeps sweeps) {
        this.manager = manager;
        this.broker = broker;
        this.sweeps = sweeps;
    }

    /** Null if the remote storage manager is not ours, or this broker has no services for it. */
    static @Nullable SegmentCopies of(RemoteLogManager manager, BrokerServer broker, @Nullable TierServices services) {
        if (services == null || !(manager.storageManager() instanceof SegmentStorage storage)) {
            LOG.atWarn()
                    .addKeyValue("storageManager", manager.storageManager())
                    .log("Topics with tiered storage get no links: the remote storage manager is not that of Narrows");
            return null;
        }
        SegmentCopies copies = new SegmentCopies(
                manager,
                broker,
                new SegmentSweeps(manager, storage, services, broker, partition -> log(broker, partition)));
        storage.attach(services);
        storage.successors(copies::successor);
        storage.whenCopied(copies::copied);
        if (manager.remoteLogMetadataManager() instanceof SegmentMetadata metadata) {
            metadata.logicalSizes(copies::sizeOfCopy);
        }
        copies.sweeps.start();
        return copies;
    }

    void lead(Set<TopicPartitionLog> leaders, Set<TopicPartitionLog> followers, Map<String, Uuid> topicIds) {
        sweeps.lead(leaders, followers, topicIds);
    }

    void forget(Set<StopPartition> partitions) {
        sweeps.forget(partitions);
    }

    private static Optional<UnifiedLog> log(BrokerServer broker, TopicPartition partition) {
        return scala.jdk.javaapi.OptionConverters.toJava(broker.logManager().getLog(partition, false));
    }

    private Optional<UnifiedLog> log(RemoteLogSegmentMetadata segment) {
        return log(broker, segment.topicIdPartition().topicPartition());
    }

    /** Real bytes of a segment that is about to be copied, of which stock code has counted the file's against the copy quota. */
    private int sizeOfCopy(RemoteLogSegmentMetadata segment) {
        long extra =
                log(segment).orElse(null) instanceof HybridLog log ? log.sizes().extra(segment.startOffset()) : 0;
        Sensor quota = broker.metrics().getSensor(QuotaType.RLM_COPY.toString());
        if (quota != null) {
            quota.record((double) extra, broker.time().milliseconds(), false);
        }
        return Math.toIntExact(segment.segmentSizeInBytes() + extra);
    }

    /** Before the metadata has it. Kafka's metrics of copied bytes get what stock code, which sees the file, does not count. */
    private void copied(RemoteLogSegmentMetadata segment, long realBytes) {
        if (log(segment).orElse(null) instanceof HybridLog log) {
            log.copied(segment.endOffset());
        }
        long extra = realBytes - segment.segmentSizeInBytes();
        BrokerTopicStats stats = broker.brokerTopicStats();
        stats.topicStats(segment.topicIdPartition().topic())
                .remoteCopyBytesRate()
                .mark(extra);
        stats.allTopicsStats().remoteCopyBytesRate().mark(extra);
    }

    /** The segment object with the offset after a segment's last, in the lineage that the log has now. */
    private Optional<RemoteLogSegmentMetadata> successor(RemoteLogSegmentMetadata segment) {
        long next = segment.endOffset() + 1;
        Optional<UnifiedLog> log = log(segment);
        OptionalInt epoch = log.isEmpty()
                ? OptionalInt.empty()
                : log.get().leaderEpochCache().epochForOffset(next);
        if (epoch.isEmpty() || next >= log.get().localLogStartOffset()) {
            return Optional.empty();
        }
        try {
            return manager.fetchRemoteLogSegmentMetadata(
                    segment.topicIdPartition().topicPartition(), epoch.getAsInt(), next);
        } catch (RemoteStorageException | KafkaException e) {
            LOG.atDebug()
                    .addKeyValue("segment", segment.remoteLogSegmentId())
                    .setCause(e)
                    .log("Could not look up the next segment; read-ahead ends at this one");
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        sweeps.close();
    }
}
