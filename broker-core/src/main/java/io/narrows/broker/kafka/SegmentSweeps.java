package io.narrows.broker.kafka;

import io.narrows.broker.tier.OrphanParts;
import io.narrows.broker.tier.OrphanParts.Starts;
import io.narrows.broker.tier.SegmentStorage;
import io.narrows.broker.tier.TierServices;
import io.narrows.broker.tier.UnfinishedCopies;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.common.StopPartition;
import org.apache.kafka.server.log.remote.TopicPartitionLog;
import org.apache.kafka.server.log.remote.storage.RemoteLogManager;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what stock code leaves in the store: copies that never finished, parts without metadata, and segments of deleted
 * topics whose deletion failed. Thread-safe; sweeps on a thread of its own, which waits for the store.
 */
final class SegmentSweeps implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSweeps.class);
    /** Deleted partitions that are looked after; further ones keep what stock code could not delete. */
    private static final int MAX_DELETED = 10_000;

    private static final long FIRST_PURGE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final NarrowsBrokerServer broker;
    private final SegmentStorage storage;
    private final TierServices services;
    private final UnfinishedCopies unfinished;
    private final OrphanParts orphans;
    private final long graceNanos;
    private final Map<TopicPartition, TopicIdPartition> led = new ConcurrentHashMap<>();
    /** When to look for orphans next, in the clock's nanoseconds. Of the sweeper's thread. */
    private final Map<TopicIdPartition, Long> nextLook = new ConcurrentHashMap<>();
    /** Deleted with their topics, and when. */
    private final Map<TopicIdPartition, Long> deleted = new ConcurrentHashMap<>();

    private final ScheduledExecutorService sweeper;

    SegmentSweeps(RemoteLogManager manager, SegmentStorage storage, TierServices services, NarrowsBrokerServer broker) {
        this.broker = broker;
        this.storage = storage;
        this.services = services;
        int id = broker.config().brokerId();
        unfinished = new UnfinishedCopies(manager.remoteLogMetadataManager(), storage, id, services);
        orphans = new OrphanParts(manager.remoteLogMetadataManager(), storage, unfinished, id, services);
        graceNanos = TimeUnit.MILLISECONDS.toNanos(UnfinishedCopies.graceMs(services.settings()));
        sweeper = Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("narrows-sweep-" + id, true));
    }

    void start() {
        ScheduledFuture<?> unused = sweeper.scheduleWithFixedDelay(
                () -> {
                    try {
                        unfinished.sweep(Set.copyOf(led.values()));
                        lookForOrphans();
                    } catch (RuntimeException e) {
                        // An exception would end the schedule.
                        LOG.error("Could not look for what is left in the store", e);
                    }
                },
                graceNanos / 4,
                graceNanos / 4,
                TimeUnit.NANOSECONDS);
    }

    void lead(Set<TopicPartitionLog> leaders, Set<TopicPartitionLog> followers, Map<String, Uuid> topicIds) {
        followers.forEach(follower -> led.remove(follower.topicPartition()));
        for (TopicPartitionLog leader : leaders) {
            TopicPartition partition = leader.topicPartition();
            Uuid id = topicIds.get(partition.topic());
            if (id != null
                    && leader.unifiedLog().isPresent()
                    && leader.unifiedLog().get().remoteLogEnabled()) {
                led.put(partition, new TopicIdPartition(id, partition));
            }
        }
    }

    /** Called before stock code deletes anything. */
    void forget(Set<StopPartition> partitions) {
        for (StopPartition stopped : partitions) {
            TopicIdPartition partition = led.remove(stopped.topicPartition);
            if (partition != null && stopped.deleteRemoteLog && deleted.size() < MAX_DELETED) {
                deleted.put(partition, services.clock().nanoTime());
                purgeIn(FIRST_PURGE_NANOS, partition);
            }
        }
    }

    private void lookForOrphans() {
        nextLook.keySet().retainAll(Set.copyOf(led.values()));
        long now = services.clock().nanoTime();
        for (TopicIdPartition leader : List.copyOf(led.values())) {
            long due = nextLook.computeIfAbsent(leader, first -> now + graceNanos);
            UnifiedLog log = SegmentCopies.log(broker, leader.topicPartition()).orElse(null);
            if (now - due < 0 || log == null || Thread.currentThread().isInterrupted()) {
                continue;
            }
            nextLook.put(leader, now + 24 * graceNanos);
            try {
                orphans.sweep(leader, new Starts(log.logStartOffset(), log.localLogStartOffset()));
            } catch (IOException | RemoteStorageException | KafkaException e) {
                LOG.warn("Could not look for orphans of {}; next time", leader, e);
            }
        }
    }

    private void purgeIn(long delayNanos, TopicIdPartition partition) {
        try {
            ScheduledFuture<?> unused =
                    sweeper.schedule(() -> purge(delayNanos, partition), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("The broker stops: what is left of {} stays", partition, e);
        }
    }

    /** A topic's id never comes back, so all it has in the store may go, once it is the topic that is gone. */
    private void purge(long delayNanos, TopicIdPartition partition) {
        boolean exists =
                broker.metadataCache().getTopicName(partition.topicId()).isPresent();
        try {
            if (exists
                    || (storage.purge(partition) == 0
                            && services.clock().nanoTime() - deleted.getOrDefault(partition, 0L) > graceNanos)) {
                deleted.remove(partition);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("Could not delete what is left of {}; next time", partition, e);
        }
        if (deleted.containsKey(partition)) {
            purgeIn(Math.min(2 * delayNanos, graceNanos / 4), partition);
        }
    }

    @Override
    public void close() {
        var unused = sweeper.shutdownNow();
    }
}
