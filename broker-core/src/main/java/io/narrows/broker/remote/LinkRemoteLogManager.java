package io.narrows.broker.remote;

import io.narrows.broker.log.Failures;
import io.narrows.broker.log.HybridLog;
import io.narrows.broker.log.LinkServices;
import io.narrows.broker.log.OffsetReadCompletion;
import io.narrows.broker.log.TimestampSearch;
import io.narrows.broker.read.AnswerRecords;
import io.narrows.broker.read.CatchUpReadThrottle;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import kafka.server.BrokerServer;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.record.internal.FileRecords.TimestampAndOffset;
import org.apache.kafka.metadata.ListenerInfo;
import org.apache.kafka.server.common.StopPartition;
import org.apache.kafka.server.log.remote.TopicPartitionLog;
import org.apache.kafka.server.log.remote.storage.RemoteLogManager;
import org.apache.kafka.server.log.remote.storage.RemoteLogManagerConfig;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.purgatory.DelayedOperationPurgatory;
import org.apache.kafka.server.purgatory.DelayedRemoteListOffsets;
import org.apache.kafka.server.purgatory.TopicPartitionOperationKey;
import org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache;
import org.apache.kafka.storage.internals.log.AsyncOffsetReadFutureHolder;
import org.apache.kafka.storage.internals.log.FetchDataInfo;
import org.apache.kafka.storage.internals.log.OffsetResultHolder.FileRecordsOrError;
import org.apache.kafka.storage.internals.log.RemoteLogReadResult;
import org.apache.kafka.storage.internals.log.RemoteStorageFetchInfo;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.jdk.javaapi.OptionConverters;

/**
 * Kafka's asynchronous door for reads that are not on the local disk, opened for links: what lies in a {@link HybridLog}'s
 * local segments is resolved from WAL objects, or from its segment object if that fails; everything else is a stock tiered read. There is one in every broker, with
 * tiered storage or without. Thread-safe.
 */
public final class LinkRemoteLogManager extends RemoteLogManager implements OffsetReadCompletion {
    private static final Logger LOG = LoggerFactory.getLogger(LinkRemoteLogManager.class);

    private final boolean tiered;
    private final @Nullable SegmentCopies copies;
    private final Function<TopicPartition, Optional<UnifiedLog>> logs;
    private final CatchUpReadThrottle pace;
    private final FailedReadDelay failedReads;
    private volatile @Nullable DelayedOperationPurgatory<DelayedRemoteListOffsets> offsetReads;

    public static LinkRemoteLogManager create(BrokerServer broker, LinkServices links, ListenerInfo listeners) {
        RemoteLogManagerConfig configured = broker.config().remoteLogManagerConfig();
        boolean tiered = configured.isRemoteStorageSystemEnabled();
        try {
            return new LinkRemoteLogManager(
                    broker,
                    links,
                    tiered ? configured : withoutTiers(),
                    tiered ? endpoint(configured, listeners) : Optional.empty(),
                    partition -> OptionConverters.toJava(broker.logManager().getLog(partition, false)));
        } catch (IOException e) {
            throw new KafkaException("Could not create the remote log manager", e);
        }
    }

    private LinkRemoteLogManager(
            BrokerServer broker,
            LinkServices links,
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
        pace = links.reads().pace();
        failedReads = new FailedReadDelay(
                (delayMs, task) -> {
                    ScheduledFuture<?> unused = broker.kafkaScheduler().scheduleOnce("failed-read", task, delayMs);
                },
                broker.time()::nanoseconds,
                broker.config().remoteLogManagerConfig().remoteFetchMaxWaitMs());
        tiered = broker.config().remoteLogManagerConfig().isRemoteStorageSystemEnabled();
        copies = tiered ? SegmentCopies.of(this, broker, links.tiering().services()) : null;
        if (copies != null) {
            links.tiering().resolvesLinks(this::readCopied);
        }
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
    public Future<Void> asyncRead(RemoteStorageFetchInfo request, Consumer<RemoteLogReadResult> consumer) {
        Consumer<RemoteLogReadResult> callback = failedReads.of(request, consumer);
        UnifiedLog log = logs.apply(request.topicIdPartition().topicPartition()).orElse(null);
        if (log instanceof HybridLog hybrid
                && request.fetchInfo().fetchOffset >= log.activeSegment().baseOffset()) {
            return readLinks(request, callback, hybrid);
        }
        return pace.inTurn(request.fetchMaxBytes(), () -> {
            try {
                return readOld(request, callback, log);
            } catch (RejectedExecutionException e) {
                callback.accept(new RemoteLogReadResult(Optional.empty(), Optional.of(tooMany(e))));
                return CompletableFuture.completedFuture(null);
            }
        });
    }

    private Future<Void> readOld(
            RemoteStorageFetchInfo request, Consumer<RemoteLogReadResult> callback, @Nullable UnifiedLog log) {
        if (!(log instanceof HybridLog hybrid) || request.fetchInfo().fetchOffset < log.localLogStartOffset()) {
            return super.asyncRead(request, callback);
        }
        return readLinks(request, callback, hybrid);
    }

    private Future<Void> readLinks(
            RemoteStorageFetchInfo request, Consumer<RemoteLogReadResult> callback, HybridLog hybrid) {
        CompletableFuture<FetchDataInfo> answer = hybrid.reader().resolve(request);
        CompletableFuture<Void> task = new CompletableFuture<>();
        CompletableFuture<?> unusedTask = task.whenComplete((nothing, failure) -> {
            if (task.isCancelled()) {
                boolean unused = answer.cancel(false);
            }
        });
        CompletableFuture<?> unused = answer.whenComplete((data, failure) -> {
            if (task.isCancelled()) {
                // The fetch is over.
                if (data != null) {
                    AnswerRecords.releaseUnsent(data.records);
                }
                return;
            }
            if (failure != null
                    && copies != null
                    && request.fetchInfo().fetchOffset <= hybrid.highestOffsetInRemoteStorage()) {
                readCopied(request, callback, failure);
                task.complete(null);
                return;
            }
            callback.accept(new RemoteLogReadResult(
                    Optional.ofNullable(data), Optional.ofNullable(failure).map(Failures::unwrap)));
            task.complete(null);
        });
        return task;
    }

    /** What lies behind a link may be gone once its segment has been copied. */
    private void readCopied(RemoteStorageFetchInfo request, Consumer<RemoteLogReadResult> callback, Throwable failure) {
        try {
            Future<Void> unused = super.asyncRead(request, callback);
        } catch (RejectedExecutionException e) {
            callback.accept(new RemoteLogReadResult(Optional.empty(), Optional.of(Failures.unwrap(failure))));
        }
    }

    private static KafkaStorageException tooMany(RejectedExecutionException e) {
        return new KafkaStorageException("The queue of reads of tiered storage is full", e);
    }

    /** A read of a segment object, on Kafka's threads for that. */
    CompletableFuture<FetchDataInfo> readCopied(RemoteStorageFetchInfo request) {
        CompletableFuture<FetchDataInfo> answer = new CompletableFuture<>();
        try {
            Future<Void> unused = super.asyncRead(request, result -> {
                if (result.error().isPresent()) {
                    answer.completeExceptionally(result.error().get());
                } else {
                    answer.complete(result.fetchDataInfo().orElseThrow());
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(tooMany(e));
        }
        return answer;
    }

    /** The log if what was read from it before this call may have been links. */
    private @Nullable HybridLog withLinks(TopicPartition partition) {
        return logs.apply(partition).orElse(null) instanceof HybridLog log && log.mayHoldLinks() ? log : null;
    }

    /** Stock code prefers a local segment, in which it would take a link's record for the one that is searched. */
    @Override
    public Optional<TimestampAndOffset> findOffsetByTimestamp(
            TopicPartition partition, long timestamp, long startingOffset, LeaderEpochFileCache leaderEpochs)
            throws RemoteStorageException, IOException {
        UnifiedLog log = logs.apply(partition).orElse(null);
        Optional<TimestampAndOffset> found;
        long localStart;
        do {
            // Retention may move the local log start past a link's record that was found in a local segment.
            localStart = log == null ? 0 : log.localLogStartOffset();
            found = super.findOffsetByTimestamp(partition, timestamp, startingOffset, leaderEpochs);
        } while (log != null && log.localLogStartOffset() != localStart);
        long firstLocal = localStart;
        return withLinks(partition) == null ? found : found.filter(each -> each.offset < firstLocal);
    }

    @Override
    public AsyncOffsetReadFutureHolder<FileRecordsOrError> asyncOffsetRead(
            TopicPartition partition,
            long timestamp,
            long startingOffset,
            LeaderEpochFileCache leaderEpochs,
            TimestampAndOffsetSupplier searchLocalLog) {
        // Searched after the remote part and on another thread: by then the log may have got its first link.
        AtomicReference<@Nullable HybridLog> unsearched = new AtomicReference<>();
        AsyncOffsetReadFutureHolder<FileRecordsOrError> remote =
                super.asyncOffsetRead(partition, timestamp, startingOffset, leaderEpochs, () -> {
                    Optional<TimestampAndOffset> stock =
                            withLinks(partition) == null ? searchLocalLog.get() : Optional.empty();
                    HybridLog log = withLinks(partition);
                    unsearched.set(log);
                    return log == null ? stock : Optional.empty();
                });
        CompletableFuture<FileRecordsOrError> task = new CompletableFuture<>();
        CompletableFuture<?> unused = remote.taskFuture()
                .thenCompose(found -> {
                    HybridLog log = unsearched.get();
                    return found.hasException() || found.hasTimestampAndOffset() || log == null
                            ? CompletableFuture.completedFuture(found)
                            : log.searchLocal(timestamp)
                                    .thenApply(local -> new FileRecordsOrError(Optional.empty(), local));
                })
                .whenComplete((found, failure) -> {
                    task.complete(failure == null ? found : TimestampSearch.failed(failure));
                    completeOffsetReads(partition);
                });
        return new AsyncOffsetReadFutureHolder<>(remote.jobFuture(), task);
    }

    @Override
    public void setDelayedOperationPurgatory(DelayedOperationPurgatory<DelayedRemoteListOffsets> purgatory) {
        offsetReads = purgatory;
        super.setDelayedOperationPurgatory(purgatory);
    }

    @Override
    public void completeOffsetReads(TopicPartition partition) {
        DelayedOperationPurgatory<DelayedRemoteListOffsets> purgatory = offsetReads;
        if (purgatory != null) {
            int unused = purgatory.checkAndComplete(
                    new TopicPartitionOperationKey(partition.topic(), partition.partition()));
        }
    }

    @Override
    public void onLeadershipChange(
            Set<TopicPartitionLog> leaders, Set<TopicPartitionLog> followers, Map<String, Uuid> topicIds) {
        if (!tiered) {
            return;
        }
        if (copies != null) {
            copies.lead(leaders, followers, topicIds);
            super.onLeadershipChange(leaders, followers, topicIds);
        } else {
            super.onLeadershipChange(withoutLinks(leaders), followers, topicIds);
        }
    }

    /** Another remote storage manager would copy links as data. */
    private static Set<TopicPartitionLog> withoutLinks(Set<TopicPartitionLog> leaders) {
        Set<TopicPartitionLog> safe = new HashSet<>(leaders);
        safe.removeIf(leader -> leader.unifiedLog().orElse(null) instanceof HybridLog log
                && log.remoteLogEnabled()
                && !log.sizes().isEmpty()
                && refused(log.topicPartition()));
        return safe;
    }

    private static boolean refused(TopicPartition partition) {
        LOG.atError()
                .addKeyValue("partition", partition)
                .log(
                        "A partition with links is not copied to tiered storage: the remote storage manager of this broker "
                                + "would copy links as data. Set narrows.tier.enable=true on all servers.");
        return true;
    }

    @Override
    public void stopPartitions(Set<StopPartition> partitions, BiConsumer<TopicPartition, Throwable> onError) {
        if (copies != null) {
            copies.forget(partitions);
        }
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

    @Override
    public void close() {
        if (copies != null) {
            copies.close();
        }
        super.close();
    }

    /** As the type that the broker wants. */
    public Option<RemoteLogManager> asOption() {
        return Option.apply(this);
    }
}
