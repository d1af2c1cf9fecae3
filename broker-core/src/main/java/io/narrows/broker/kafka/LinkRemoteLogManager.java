package io.narrows.broker.kafka;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import kafka.server.BrokerServer;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.metadata.ListenerInfo;
import org.apache.kafka.server.common.StopPartition;
import org.apache.kafka.server.log.remote.TopicPartitionLog;
import org.apache.kafka.server.log.remote.storage.RemoteLogManager;
import org.apache.kafka.server.log.remote.storage.RemoteLogManagerConfig;
import org.apache.kafka.server.purgatory.DelayedOperationPurgatory;
import org.apache.kafka.server.purgatory.DelayedRemoteListOffsets;
import org.apache.kafka.server.purgatory.TopicPartitionOperationKey;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.RemoteLogReadResult;
import org.apache.kafka.storage.internals.log.RemoteStorageFetchInfo;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.jdk.javaapi.OptionConverters;

/**
 * Kafka's asynchronous door for reads that are not on the local disk, opened for links: what lies in a {@link HybridLog}'s
 * local segments is resolved from WAL objects, everything else is a stock tiered read. There is one in every broker, with
 * tiered storage or without. Thread-safe.
 */
final class LinkRemoteLogManager extends RemoteLogManager {
    private final boolean tiered;
    private final Function<TopicPartition, Optional<UnifiedLog>> logs;
    private volatile @Nullable DelayedOperationPurgatory<DelayedRemoteListOffsets> offsetReads;

    static LinkRemoteLogManager create(BrokerServer broker, ListenerInfo listeners) {
        RemoteLogManagerConfig configured = broker.config().remoteLogManagerConfig();
        boolean tiered = configured.isRemoteStorageSystemEnabled();
        try {
            return new LinkRemoteLogManager(
                    broker,
                    tiered ? configured : withoutTiers(),
                    tiered ? endpoint(configured, listeners) : Optional.empty(),
                    partition -> OptionConverters.toJava(broker.logManager().getLog(partition, false)));
        } catch (IOException e) {
            throw new KafkaException("Could not create the remote log manager", e);
        }
    }

    private LinkRemoteLogManager(
            BrokerServer broker,
            RemoteLogManagerConfig config,
            Optional<Endpoint> endpoint,
            Function<TopicPartition, Optional<UnifiedLog>> logs)
            throws IOException {
        super(
                config,
                broker.config().brokerId(),
                broker.config().logDirs().get(0),
                broker.clusterId(),
                broker.time(),
                logs,
                (partition, offset) ->
                        logs.apply(partition).ifPresent(log -> log.updateLogStartOffsetFromRemoteTier(offset)),
                broker.brokerTopicStats(),
                broker.metrics(),
                endpoint);
        this.logs = logs;
        tiered = broker.config().remoteLogManagerConfig().isRemoteStorageSystemEnabled();
    }

    /** The stock constructor insists on the names of two plugins. */
    private static RemoteLogManagerConfig withoutTiers() {
        return new RemoteLogManagerConfig(new AbstractConfig(
                RemoteLogManagerConfig.configDef(),
                Map.of(
                        RemoteLogManagerConfig.REMOTE_STORAGE_MANAGER_CLASS_NAME_PROP,
                        NoRemoteStorage.class.getName(),
                        RemoteLogManagerConfig.REMOTE_LOG_METADATA_MANAGER_CLASS_NAME_PROP,
                        NoRemoteMetadata.class.getName()),
                false));
    }

    private static Optional<Endpoint> endpoint(RemoteLogManagerConfig config, ListenerInfo listeners) {
        String wanted = config.remoteLogMetadataManagerListenerName();
        return wanted == null
                ? Optional.empty()
                : listeners.listeners().values().stream()
                        .filter(endpoint ->
                                ListenerName.normalised(endpoint.listener()).equals(ListenerName.normalised(wanted)))
                        .findFirst();
    }

    @Override
    public Future<Void> asyncRead(RemoteStorageFetchInfo request, Consumer<RemoteLogReadResult> callback) {
        UnifiedLog log = logs.apply(request.topicIdPartition().topicPartition()).orElse(null);
        if (!(log instanceof HybridLog hybrid) || request.fetchInfo().fetchOffset < log.localLogStartOffset()) {
            return super.asyncRead(request, callback);
        }
        CompletableFuture<FetchDataInfo> answer = hybrid.reader().resolve(request);
        CompletableFuture<Void> task = new CompletableFuture<>();
        CompletableFuture<?> unused = answer.whenComplete((data, failure) -> {
            callback.accept(new RemoteLogReadResult(
                    Optional.ofNullable(data), Optional.ofNullable(failure).map(Failures::unwrap)));
            task.complete(null);
        });
        return task;
    }

    @Override
    public void setDelayedOperationPurgatory(DelayedOperationPurgatory<DelayedRemoteListOffsets> purgatory) {
        offsetReads = purgatory;
        super.setDelayedOperationPurgatory(purgatory);
    }

    /** Answers the ListOffsets requests that wait for a search in this partition, if theirs has ended. */
    void completeOffsetReads(TopicPartition partition) {
        DelayedOperationPurgatory<DelayedRemoteListOffsets> purgatory = offsetReads;
        if (purgatory != null) {
            int unused = purgatory.checkAndComplete(
                    new TopicPartitionOperationKey(partition.topic(), partition.partition()));
        }
    }

    @Override
    public void onLeadershipChange(
            Set<TopicPartitionLog> leaders, Set<TopicPartitionLog> followers, Map<String, Uuid> topicIds) {
        if (tiered) {
            super.onLeadershipChange(leaders, followers, topicIds);
        }
    }

    @Override
    public void stopPartitions(Set<StopPartition> partitions, BiConsumer<TopicPartition, Throwable> onError) {
        if (tiered) {
            super.stopPartitions(partitions, onError);
        }
    }

    @Override
    public void stopLeaderCopyRLMTasks(Set<TopicPartitionLog> partitions) {
        if (tiered) {
            super.stopLeaderCopyRLMTasks(partitions);
        }
    }

    /** As the type that the broker wants. */
    Option<RemoteLogManager> asOption() {
        return Option.apply(this);
    }
}
