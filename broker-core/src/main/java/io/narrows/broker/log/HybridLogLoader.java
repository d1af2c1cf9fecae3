package io.narrows.broker.log;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache;
import org.apache.kafka.storage.internals.log.LoadedLogOffsets;
import org.apache.kafka.storage.internals.log.LogLoader;
import org.apache.kafka.storage.internals.log.LogSegments;
import org.apache.kafka.storage.internals.log.UnifiedLog;

/** Opens {@link HybridLog}s from their directories. Stateless. */
final class HybridLogLoader {
    private HybridLogLoader() {}

    /** Opens or creates the log, recovering it if the last shutdown was not clean; as {@link UnifiedLog#create} does. */
    static HybridLog open(LogOpening opening, LogOwner owner) throws IOException {
        Files.createDirectories(opening.dir().toPath());
        LogEnvironment env = owner.environment();
        TopicPartition partition = UnifiedLog.parseTopicPartitionName(opening.dir());
        LogSegments segments = new LogSegments(partition);
        LeaderEpochFileCache leaderEpochs = UnifiedLog.createLeaderEpochCache(
                opening.dir(), partition, env.logDirFailureChannel(), Optional.empty(), env.scheduler());
        RestoringProducerStateManager producers = new RestoringProducerStateManager(
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
        producers.restore(segments);
        HybridLocalLog localLog = new HybridLocalLog(opening, owner, segments, offsets, partition);
        return new HybridLog(new LoadedLog(offsets, localLog, leaderEpochs, producers), opening, owner);
    }
}
