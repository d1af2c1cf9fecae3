package io.narrows.broker.tier;

import io.narrows.broker.config.TierSettings;
import io.narrows.relay.loop.Loop;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadataUpdate;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what copies that never finished have left: their leader died, or was deposed, in the middle. Kafka itself waits until
 * retention reaches their offsets, which may be never. Run by the leader of a partition, on one thread, which waits.
 */
public final class UnfinishedCopies {
    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedCopies.class);
    static final long WAIT_MS = 150_000;
    /** The metadata's producer times out after two minutes. */
    private static final long PUBLISH_MS = 300_000;

    private final KnownSegments segments;
    private final SegmentStorage storage;
    private final int brokerId;
    private final TierServices services;
    /** When this broker first saw a copy unfinished, by its monotonic clock. Of the sweeper's thread. */
    private final Map<Uuid, Long> seenNanos = new HashMap<>();

    public UnfinishedCopies(KnownSegments segments, SegmentStorage storage, int brokerId, TierServices services) {
        this.segments = segments;
        this.storage = storage;
        this.brokerId = brokerId;
        this.services = services;
    }

    /**
     * Longer than a copy may take, plus the time that the record of its end may be in flight, so that none that is alive is
     * taken for dead: one whose parts are deleted while its record still comes would be lost.
     */
    public static long graceMs(TierSettings settings) {
        return 2 * settings.copyTimeoutMs() + PUBLISH_MS;
    }

    /** Looks through the partitions, and goes on with the next one when one fails. */
    public void sweep(Collection<TopicIdPartition> leaders) {
        Set<Uuid> unfinished = new HashSet<>();
        for (TopicIdPartition leader : leaders) {
            try {
                if (segments.isReady(leader)) {
                    sweep(leader, unfinished);
                }
            } catch (IOException | RemoteStorageException | RuntimeException e) {
                LOG.atWarn()
                        .addKeyValue("partition", leader)
                        .setCause(e)
                        .log("Could not look for unfinished copies of segments; will retry next sweep");
            }
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
        }
        seenNanos.keySet().retainAll(unfinished);
    }

    /**
     * The time in the metadata is that of the clock of another broker, which may be wrong: a copy must also have been seen
     * unfinished here for the grace, by a clock that no suspension makes faster.
     */
    private void sweep(TopicIdPartition leader, Set<Uuid> unfinished) throws RemoteStorageException, IOException {
        long graceMs = graceMs(services.settings());
        long now = clock().nanoTime();
        Iterator<RemoteLogSegmentMetadata> all = segments.of(leader);
        while (all.hasNext()) {
            RemoteLogSegmentMetadata segment = all.next();
            if (segment.state() != RemoteLogSegmentState.COPY_SEGMENT_STARTED) {
                continue;
            }
            Uuid id = segment.remoteLogSegmentId().id();
            unfinished.add(id);
            long watchedNanos = now - seenNanos.computeIfAbsent(id, first -> now);
            if (segment.eventTimestampMs() < clock().wallTimeMs() - graceMs
                    && watchedNanos > TimeUnit.MILLISECONDS.toNanos(graceMs)
                    && !storage.isCopying(id)) {
                delete(segment);
            }
        }
    }

    private void delete(RemoteLogSegmentMetadata segment) throws RemoteStorageException, IOException {
        update(segment, RemoteLogSegmentState.DELETE_SEGMENT_STARTED);
        storage.deleteLogSegmentData(segment);
        update(segment, RemoteLogSegmentState.DELETE_SEGMENT_FINISHED);
        services.metrics().swept();
        LOG.atInfo()
                .addKeyValue("segment", segment.remoteLogSegmentId())
                .addKeyValue("broker", segment.brokerId())
                .log("Deleted the unfinished copy of a segment");
    }

    /** Waits until the metadata has it and this broker has read it there. */
    void update(RemoteLogSegmentMetadata segment, RemoteLogSegmentState state)
            throws RemoteStorageException, IOException {
        CompletableFuture<Void> published = segments.update(new RemoteLogSegmentMetadataUpdate(
                segment.remoteLogSegmentId(), clock().wallTimeMs(), Optional.empty(), state, brokerId));
        Blocking.await(published, WAIT_MS);
    }

    private Loop clock() {
        return services.clock();
    }
}
