package io.narrows.broker.append;

import io.narrows.broker.log.HybridLog;
import io.narrows.broker.relay.InlineStaging;
import io.narrows.broker.stage.StageTargets;
import java.util.Optional;
import kafka.server.BrokerServer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.metadata.BrokerRegistration;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.record.BrokerCompressionType;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** Answers from the broker's logs and the metadata image. */
public final class BrokerStageTargets implements StageTargets {
    private static final int NO_LINKS = -1;

    private final BrokerServer broker;

    public BrokerStageTargets(BrokerServer broker) {
        this.broker = broker;
    }

    @Override
    public int remoteFollowers(InlineStaging.Target target) {
        Uuid id = new Uuid(
                target.topicId().getMostSignificantBits(), target.topicId().getLeastSignificantBits());
        Optional<String> name = broker.metadataCache().getTopicName(id);
        if (name.isEmpty() || !takesLinks(new TopicPartition(name.get(), target.partition()))) {
            return NO_LINKS;
        }
        MetadataImage image = broker.metadataCache().getImage();
        PartitionRegistration partition = image.topics().getPartition(id, target.partition());
        int self = broker.config().nodeId();
        if (partition == null || partition.leader != self) {
            return NO_LINKS;
        }
        Optional<String> zone = zone(image, self);
        int remote = 0;
        for (int replica : partition.replicas) {
            Optional<String> other = zone(image, replica);
            if (zone.isPresent() && other.isPresent() && !zone.equals(other)) {
                remote++;
            }
        }
        return remote;
    }

    /** Bytes that validation would change are not those that were staged. */
    private boolean takesLinks(TopicPartition partition) {
        Option<UnifiedLog> log = broker.replicaManager().getLog(partition);
        if (log.isEmpty() || !(log.get() instanceof HybridLog hybrid) || !hybrid.takesLinks()) {
            return false;
        }
        LogConfig config = hybrid.config();
        return config.compressionType == BrokerCompressionType.PRODUCER
                && config.messageTimestampType == TimestampType.CREATE_TIME;
    }

    private static Optional<String> zone(MetadataImage image, int broker) {
        @Nullable BrokerRegistration registration = image.cluster().broker(broker);
        return registration == null ? Optional.empty() : registration.rack();
    }
}
