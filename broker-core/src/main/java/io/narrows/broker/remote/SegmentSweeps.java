package io.narrows.broker.remote;

import io.narrows.broker.gc.CollectorBroker;
import io.narrows.broker.tier.DeletedTopics;
import io.narrows.broker.tier.KnownSegments;
import io.narrows.broker.tier.OrphanParts;
import io.narrows.broker.tier.OrphanParts.Starts;
import io.narrows.broker.tier.SegmentStorage;
import io.narrows.broker.tier.TierServices;
import io.narrows.broker.tier.UnfinishedCopies;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import kafka.server.BrokerServer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.common.StopPartition;
import org.apache.kafka.server.log.remote.TopicPartitionLog;
import org.apache.kafka.server.log.remote.storage.RemoteLogManager;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what stock code leaves in the store: copies that never finished, parts without metadata, and segments of deleted
 * topics whose deletion failed. Of a deleted topic every broker that had a replica looks after it, because the leader, the only one that
 * stock code deletes on, may die. Thread-safe; sweeps on a thread of its own, which waits for the store.
 */
final class SegmentSweeps implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSweeps.class);
    /** Topics that are looked after at a time; what further ones leave, only stock code deletes. */
    private static final int MAX_DELETED = 10_000;

    private static final long FIRST_PURGE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final BrokerServer broker;
    private final Function<TopicPartition, Optional<UnifiedLog>> logs;
    private final TierServices services;
    private final UnfinishedCopies unfinished;
    private final OrphanParts orphans;
    private final DeletedTopics deletedTopics;
    private final long graceNanos;
    /** Topics of all replicas here that have tiered storage. */
    private final Map<TopicPartition, Uuid> hosted = new ConcurrentHashMap<>();

    private final Map<TopicPartition, TopicIdPartition> led = new ConcurrentHashMap<>();
    /** When to look for orphans next, in the clock's nanoseconds. Of the sweeper's thread. */
    private final Map<TopicIdPartition, Long> nextLook = new ConcurrentHashMap<>();
    /** Topics of which a replica was deleted here, until that is known to be a move, or nothing is left of them. */
    private final Set<Uuid> dropped = ConcurrentHashMap.newKeySet();

    private final ScheduledExecutorService sweeper;

    SegmentSweeps(
            RemoteLogManager manager,
            SegmentStorage storage,
            TierServices services,
            BrokerServer broker,
            Function<TopicPartition, Optional<UnifiedLog>> logs) {
        this.broker = broker;
        this.logs = logs;
        this.services = services;
        int id = broker.config().brokerId();
        KnownSegments segments = KnownSegments.in(manager.remoteLogMetadataManager());
        unfinished = new UnfinishedCopies(segments, storage, id, services);
        orphans = new OrphanParts(segments, storage, unfinished, id, services);
        deletedTopics = new DeletedTopics(services);
        graceNanos = TimeUnit.MILLISECONDS.toNanos(UnfinishedCopies.graceMs(services.settings()));
        sweeper = Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("narrows-sweep-" + id, true));
    }

    void start() {
        ScheduledFuture<?> unused = sweeper.scheduleWithFixedDelay(
                () -> {
                    try {
                        unfinished.sweep(Set.copyOf(led.values()));
                        lookForOrphans();
                        sweepDeletedTopics();
                    } catch (IOException | RuntimeException e) {
                        // An exception would end the schedule.
                        LOG.atError().setCause(e).log("Sweep of segment objects failed; the next sweep retries");
                    }
                },
                graceNanos / 4,
                graceNanos / 4,
                TimeUnit.NANOSECONDS);
    }

    void lead(Set<TopicPartitionLog> leaders, Set<TopicPartitionLog> followers, Map<String, Uuid> topicIds) {
        for (TopicPartitionLog follower : followers) {
            led.remove(follower.topicPartition());
            host(follower, topicIds);
        }
        for (TopicPartitionLog leader : leaders) {
            Uuid id = host(leader, topicIds);
            if (id != null) {
                led.put(leader.topicPartition(), new TopicIdPartition(id, leader.topicPartition()));
            }
        }
    }

    /** The topic's id, if it has tiered storage. */
    private @Nullable Uuid host(TopicPartitionLog replica, Map<String, Uuid> topicIds) {
        Uuid id = topicIds.get(replica.topicPartition().topic());
        if (id == null
                || replica.unifiedLog().isEmpty()
                || !replica.unifiedLog().get().remoteLogEnabled()) {
            return null;
        }
        hosted.put(replica.topicPartition(), id);
        return id;
    }

    /** Called before stock code deletes anything. */
    void forget(Set<StopPartition> partitions) {
        for (StopPartition stopped : partitions) {
            led.remove(stopped.topicPartition);
            Uuid topicId = stopped.deleteLocalLog ? hosted.remove(stopped.topicPartition) : null;
            if (topicId != null && dropped.size() < MAX_DELETED && dropped.add(topicId)) {
                purgeIn(FIRST_PURGE_NANOS, topicId);
            }
        }
    }

    private void sweepDeletedTopics() throws IOException {
        if (CollectorBroker.in(broker.metadataCache()) == broker.config().brokerId()) {
            deletedTopics.sweep();
        }
    }

    private void lookForOrphans() {
        nextLook.keySet().retainAll(Set.copyOf(led.values()));
        long now = services.clock().nanoTime();
        for (TopicIdPartition leader : List.copyOf(led.values())) {
            long due = nextLook.computeIfAbsent(leader, first -> now + graceNanos);
            UnifiedLog log = logs.apply(leader.topicPartition()).orElse(null);
            if (now - due < 0 || log == null || Thread.currentThread().isInterrupted()) {
                continue;
            }
            nextLook.put(leader, now + 24 * graceNanos);
            try {
                orphans.sweep(leader, new Starts(log.logStartOffset(), log.localLogStartOffset()));
            } catch (IOException | RemoteStorageException | KafkaException e) {
                LOG.atWarn()
                        .addKeyValue("partition", leader)
                        .setCause(e)
                        .log("Could not look for orphaned parts of segment objects; will retry next sweep");
            }
        }
    }

    private void purgeIn(long delayNanos, Uuid topicId) {
        try {
            ScheduledFuture<?> unused =
                    sweeper.schedule(() -> purge(delayNanos, topicId), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.atDebug()
                    .addKeyValue("topicId", topicId)
                    .setCause(e)
                    .log("The broker is stopping; other brokers delete the segment objects of this deleted topic");
        }
    }

    /** The mark comes first: with it, what comes later or fails here is deleted by the collector. */
    private void purge(long delayNanos, Uuid topicId) {
        // Before the look at the metadata, so that a deletion in between is not taken for one that is looked after.
        dropped.remove(topicId);
        if (broker.metadataCache().getTopicName(topicId).isPresent()) {
            return;
        }
        try {
            deletedTopics.mark(topicId);
            if (deletedTopics.purge(topicId) == 0) {
                return;
            }
        } catch (IOException | RuntimeException e) {
            LOG.atWarn()
                    .addKeyValue("topicId", topicId)
                    .setCause(e)
                    .log("Could not delete segment objects of a deleted topic; will retry");
        }
        if (dropped.add(topicId)) {
            purgeIn(Math.min(2 * delayNanos, graceNanos / 4), topicId);
        }
    }

    @Override
    public void close() {
        var unused = sweeper.shutdownNow();
    }
}
