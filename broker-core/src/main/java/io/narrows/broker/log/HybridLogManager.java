package io.narrows.broker.log;

import io.narrows.relay.Checks;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import kafka.log.LogManager;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InconsistentTopicIdException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.coordinator.transaction.TransactionLogConfig;
import org.apache.kafka.coordinator.transaction.TransactionStateManagerConfig;
import org.apache.kafka.storage.internals.log.CleanerConfig;
import org.apache.kafka.storage.internals.log.LogCleaner;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function1;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Kafka's log manager over {@link HybridLog}s. The stock map of current logs is private; the one public door to it is
 * the cleaner factory, which is handed that map, so {@code log.cleaner.enable} must stay true and logs loaded before
 * the cleaner exists are parked here until then. Thread-safe like the stock class.
 */
public final class HybridLogManager extends LogManager {
    private static final Logger LOG = LoggerFactory.getLogger(HybridLogManager.class);

    private final KafkaConfig config;
    private final LogEnvironment environment;
    private final CurrentLogs currentLogs;
    private final Object createLock = new Object();

    public static HybridLogManager create(KafkaConfig config, List<File> offlineDirs, LogEnvironment environment) {
        boolean tiered = config.remoteLogManagerConfig().isRemoteStorageSystemEnabled();
        LogConfig.validateBrokerLogConfigValues(config.extractLogConfigMap(), tiered);
        return new HybridLogManager(config, offlineDirs, environment, new CurrentLogs());
    }

    private HybridLogManager(
            KafkaConfig config, List<File> offlineDirs, LogEnvironment environment, CurrentLogs currentLogs) {
        super(
                CollectionConverters.asScala(guarded(config)).toSeq(),
                CollectionConverters.asScala(offlineDirs).toSeq(),
                environment.topicConfigs(),
                new LogConfig(config.extractLogConfigMap()),
                new CleanerConfig(config),
                config.numRecoveryThreadsPerDataDir(),
                config.logFlushSchedulerIntervalMs(),
                config.logFlushOffsetCheckpointIntervalMs(),
                config.logFlushStartOffsetCheckpointIntervalMs(),
                config.logCleanupIntervalMs(),
                new TransactionStateManagerConfig(config).transactionMaxTimeoutMs(),
                producerStateConfig(new TransactionLogConfig(config)),
                new TransactionLogConfig(config).producerIdExpirationCheckIntervalMs(),
                environment.scheduler(),
                environment.brokerTopicStats(),
                environment.logDirFailureChannel(),
                environment.time(),
                config.remoteLogManagerConfig().isRemoteStorageSystemEnabled(),
                config.logInitialTaskDelayMs(),
                (cleanerConfig, dirs, logs, failures, time) -> {
                    currentLogs.attach(logs);
                    return new LogCleaner(cleanerConfig, dirs, logs, failures, time);
                });
        this.config = config;
        this.environment = environment;
        this.currentLogs = currentLogs;
    }

    private static List<File> guarded(KafkaConfig config) {
        return config.logDirs().stream()
                .<File>map(dir -> new GuardedLogDir(new File(dir)))
                .toList();
    }

    /** Loads the logs, which from now on only Narrows may open. */
    @Override
    public void loadLogs(
            LogConfig defaultConfig,
            scala.collection.Map<String, LogConfig> topicConfigs,
            Function1<UnifiedLog, Object> isStray) {
        for (File dir : CollectionConverters.asJava(liveLogDirs())) {
            Checks.invariant(dir instanceof GuardedLogDir, "a log directory is not one of Narrows");
            try {
                ((GuardedLogDir) dir).guard();
            } catch (IOException e) {
                environment
                        .logDirFailureChannel()
                        .maybeAddOfflineLogDir(dir.getPath(), "Could not put a guard into " + dir, e);
            }
        }
        super.loadLogs(defaultConfig, topicConfigs, isStray);
    }

    private static ProducerStateManagerConfig producerStateConfig(TransactionLogConfig config) {
        return new ProducerStateManagerConfig(
                config.producerIdExpirationMs(), config.transactionPartitionVerificationEnable());
    }

    @Override
    public UnifiedLog loadLog(
            File dir,
            boolean hadCleanShutdown,
            Map<TopicPartition, Long> recoveryPoints,
            Map<TopicPartition, Long> logStartOffsets,
            LogConfig defaultConfig,
            scala.collection.Map<String, LogConfig> topicConfigs,
            ConcurrentMap<String, Integer> numRemainingSegments,
            Function1<UnifiedLog, Object> isStray) {
        String name = dir.getName();
        if (name.endsWith(UnifiedLog.DELETE_DIR_SUFFIX) || name.endsWith(UnifiedLog.STRAY_DIR_SUFFIX)) {
            return super.loadLog(
                    dir,
                    hadCleanShutdown,
                    recoveryPoints,
                    logStartOffsets,
                    defaultConfig,
                    topicConfigs,
                    numRemainingSegments,
                    isStray);
        }
        try {
            TopicPartition partition = UnifiedLog.parseTopicPartitionName(dir);
            HybridLog log = open(new LogOpening(
                    dir,
                    topicConfigs.get(partition.topic()).getOrElse(() -> defaultConfig),
                    logStartOffsets.getOrDefault(partition, 0L),
                    recoveryPoints.getOrDefault(partition, 0L),
                    hadCleanShutdown,
                    Optional.empty(),
                    numRemainingSegments));
            if (log.isFuture()) {
                throw new KafkaStorageException("Found " + dir + ", the half-finished move of a replica between log "
                        + "directories. Narrows does not move replicas between the directories of one broker: delete "
                        + "this directory and start again.");
            }
            if ((boolean) isStray.apply(log)) {
                log.renameDir(UnifiedLog.logStrayDirName(partition), false);
                addStrayLog(partition, log);
                LOG.atWarn()
                        .addKeyValue("directory", dir)
                        .addKeyValue("newDirectory", log.dir())
                        .log("Renamed a stray log");
            } else {
                currentLogs.add(partition, log);
            }
            return log;
        } catch (IOException e) {
            throw new KafkaStorageException("Could not load the log in " + dir, e);
        }
    }

    @Override
    public UnifiedLog getOrCreateLog(
            TopicPartition partition,
            boolean isNew,
            boolean isFuture,
            Optional<Uuid> topicId,
            Option<Uuid> targetLogDirectoryId) {
        if (isFuture) {
            throw new InvalidRequestException("Narrows does not move replicas between the log directories of one "
                    + "broker; reassign the partition to another broker instead");
        }
        synchronized (createLock) {
            Option<UnifiedLog> existing = getLog(partition, false);
            UnifiedLog log =
                    existing.isDefined() ? existing.get() : createLog(partition, isNew, topicId, targetLogDirectoryId);
            requireTopicId(log, topicId);
            return log;
        }
    }

    private UnifiedLog createLog(
            TopicPartition partition, boolean isNew, Optional<Uuid> topicId, Option<Uuid> targetLogDirectoryId) {
        if (!isNew && hasOfflineLogDirs()) {
            throw new KafkaStorageException(
                    "Cannot create the log of " + partition + " because a log directory is offline");
        }
        Properties overrides = environment.topicConfigs().topicConfig(partition.topic());
        LogConfig logConfig = overrides.isEmpty()
                ? currentDefaultConfig()
                : LogConfig.fromProps(currentDefaultConfig().originals(), overrides);
        File dir = createDirectory(partition, targetLogDirectoryId);
        try {
            HybridLog log = open(new LogOpening(dir, logConfig, 0L, 0L, true, topicId, new ConcurrentHashMap<>()));
            currentLogs.add(partition, log);
            LOG.atInfo()
                    .addKeyValue("partition", partition)
                    .addKeyValue("directory", dir)
                    .log("Created a log");
            return log;
        } catch (IOException e) {
            environment
                    .logDirFailureChannel()
                    .maybeAddOfflineLogDir(dir.getParent(), "Error while creating the log of " + partition, e);
            throw new KafkaStorageException("Error while creating the log of " + partition + " in " + dir, e);
        }
    }

    private File createDirectory(TopicPartition partition, Option<Uuid> targetLogDirectoryId) {
        String name = UnifiedLog.logDirName(partition);
        if (targetLogDirectoryId.isDefined() && !DirectoryId.reserved(targetLogDirectoryId.get())) {
            Option<String> target = directoryPath(targetLogDirectoryId.get());
            if (target.isDefined()) {
                return createLogDirectory(new File(target.get()), name).get();
            }
        }
        for (File candidate : CollectionConverters.asJava(nextLogDirs())) {
            var created = createLogDirectory(candidate, name);
            if (created.isSuccess()) {
                return created.get();
            }
        }
        throw new KafkaStorageException("No log directory is available for " + partition);
    }

    private static void requireTopicId(UnifiedLog log, Optional<Uuid> topicId) {
        if (topicId.isPresent()
                && log.topicId().isPresent()
                && !topicId.get().equals(log.topicId().get())) {
            throw new InconsistentTopicIdException("Tried to assign topic ID " + topicId.get() + " to the log of "
                    + log.topicPartition() + ", but the log has topic ID "
                    + log.topicId().get());
        }
    }

    private HybridLog open(LogOpening opening) throws IOException {
        return HybridLogLoader.open(
                opening,
                new LogOwner(
                        environment,
                        maxTransactionTimeoutMs(),
                        producerStateManagerConfig(),
                        producerIdExpirationCheckIntervalMs(),
                        config.remoteLogManagerConfig().isRemoteStorageSystemEnabled(),
                        environment.links()));
    }

    /** The stock manager's map of current logs, or, until that is known, the logs to be put into it. */
    private static final class CurrentLogs {
        private final Map<TopicPartition, UnifiedLog> parked = new ConcurrentHashMap<>();
        private volatile Map<TopicPartition, UnifiedLog> logs = parked;

        void add(TopicPartition partition, UnifiedLog log) {
            UnifiedLog previous = logs.putIfAbsent(partition, log);
            if (previous != null) {
                throw new IllegalStateException("Duplicate log directories for " + partition + " are found in both "
                        + log.dir() + " and " + previous.dir() + ". Delete the one that is known to be stale.");
            }
        }

        /** Called by the stock start-up on its one thread, after loading and before any partition is created. */
        void attach(ConcurrentMap<TopicPartition, UnifiedLog> current) {
            Checks.invariant(current.isEmpty(), "the stock log manager has loaded a log");
            current.putAll(parked);
            parked.clear();
            logs = current;
        }
    }
}
