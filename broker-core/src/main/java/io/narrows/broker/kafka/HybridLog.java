package io.narrows.broker.kafka;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache;
import org.apache.kafka.storage.internals.log.LoadedLogOffsets;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogLoader;
import org.apache.kafka.storage.internals.log.LogOffsetsListener;
import org.apache.kafka.storage.internals.log.LogSegments;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.UnifiedLog;

/**
 * A partition's log: Kafka's own, in which a large data batch is represented by a link batch. Thread-safe like the
 * stock class; owns its files as the stock class does.
 */
public final class HybridLog extends UnifiedLog {
    private HybridLog(LoadedParts parts, Opening opening, Owner owner) throws IOException {
        super(
                parts.offsets().logStartOffset(),
                parts.localLog(),
                owner.environment().brokerTopicStats(),
                owner.producerIdExpirationCheckIntervalMs(),
                parts.leaderEpochs(),
                parts.producers(),
                opening.topicId(),
                owner.remoteStorage(),
                LogOffsetsListener.NO_OP_OFFSETS_LISTENER);
    }

    /** Which log to open, and how. */
    record Opening(
            File dir,
            LogConfig config,
            long logStartOffset,
            long recoveryPoint,
            boolean lastShutdownClean,
            Optional<Uuid> topicId,
            ConcurrentMap<String, Integer> numRemainingSegments) {}

    /** What the log manager gives to each of its logs. */
    record Owner(
            HybridLogManager.Environment environment,
            int maxTransactionTimeoutMs,
            ProducerStateManagerConfig producerStateConfig,
            int producerIdExpirationCheckIntervalMs,
            boolean remoteStorage) {}

    private record LoadedParts(
            LoadedLogOffsets offsets,
            HybridLocalLog localLog,
            LeaderEpochFileCache leaderEpochs,
            ProducerStateManager producers) {}

    /** Opens or creates the log, recovering it if the last shutdown was not clean; as {@link UnifiedLog#create} does. */
    static HybridLog open(Opening opening, Owner owner) throws IOException {
        Files.createDirectories(opening.dir().toPath());
        HybridLogManager.Environment env = owner.environment();
        TopicPartition partition = UnifiedLog.parseTopicPartitionName(opening.dir());
        LogSegments segments = new LogSegments(partition);
        LeaderEpochFileCache leaderEpochs = UnifiedLog.createLeaderEpochCache(
                opening.dir(), partition, env.logDirFailureChannel(), Optional.empty(), env.scheduler());
        ProducerStateManager producers = new ProducerStateManager(
                partition, opening.dir(), owner.maxTransactionTimeoutMs(), owner.producerStateConfig(), env.time());
        LoadedLogOffsets offsets = new LogLoader(
                        opening.dir(),
                        partition,
                        opening.config(),
                        env.scheduler(),
                        env.time(),
                        env.logDirFailureChannel(),
                        opening.lastShutdownClean(),
                        segments,
                        opening.logStartOffset(),
                        opening.recoveryPoint(),
                        leaderEpochs,
                        producers,
                        opening.numRemainingSegments(),
                        UnifiedLog.isRemoteLogEnabled(owner.remoteStorage(), opening.config(), partition.topic()))
                .load();
        HybridLocalLog localLog = new HybridLocalLog(opening, env, segments, offsets, partition);
        return new HybridLog(new LoadedParts(offsets, localLog, leaderEpochs, producers), opening, owner);
    }
}
