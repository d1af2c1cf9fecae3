package io.narrows.broker.tier;

import io.narrows.relay.store.ObjectInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentId;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what is in the store and in no metadata: a part whose PUT succeeded after its copy had been abandoned and deleted, and what
 * a deletion that died half way has left. Run by the leader of a partition, on one thread, which waits.
 */
public final class OrphanParts {
    private static final Logger LOG = LoggerFactory.getLogger(OrphanParts.class);

    private final KnownSegments segments;
    private final SegmentStorage storage;
    private final UnfinishedCopies unfinished;
    private final int brokerId;
    private final TierServices services;

    /** Where a leader's log begins, and where its local part does. */
    public record Starts(long log, long local) {}

    public OrphanParts(
            KnownSegments segments,
            SegmentStorage storage,
            UnfinishedCopies unfinished,
            int brokerId,
            TierServices services) {
        this.segments = segments;
        this.storage = storage;
        this.unfinished = unfinished;
        this.brokerId = brokerId;
        this.services = services;
    }

    /** Looks through a partition once, with one LIST per thousand parts. */
    public void sweep(TopicIdPartition leader, Starts starts) throws IOException, RemoteStorageException {
        if (!segments.isReady(leader)) {
            return;
        }
        Map<SegmentObjectId, List<String>> found = oldEnough(leader);
        found.keySet().removeAll(known(leader).keySet());
        if (found.isEmpty()) {
            return;
        }
        readAllMetadata(leader);
        Map<SegmentObjectId, RemoteLogSegmentMetadata> known = known(leader);
        found.keySet().removeAll(known.keySet());
        for (Map.Entry<SegmentObjectId, List<String>> orphan : found.entrySet()) {
            if (isElsewhere(orphan.getKey().baseOffset(), starts, known)) {
                SegmentStorage.delete(services, orphan.getValue());
                services.metrics().orphans(orphan.getValue().size());
                LOG.atInfo()
                        .addKeyValue("segment", orphan.getKey())
                        .addKeyValue("parts", orphan.getValue().size())
                        .log("Deleted orphaned parts of a segment object without metadata");
            } else {
                LOG.atError()
                        .addKeyValue("segment", orphan.getKey())
                        .log("Kept a segment object without metadata, because no other segment has its offsets");
            }
        }
    }

    /** Parts by segment, those of segments in which something is younger than the grace left out. */
    private Map<SegmentObjectId, List<String>> oldEnough(TopicIdPartition leader) throws IOException {
        long before = services.clock().wallTimeMs() - UnfinishedCopies.graceMs(services.settings());
        Map<SegmentObjectId, List<String>> parts = new HashMap<>();
        Map<SegmentObjectId, Long> youngestMs = new HashMap<>();
        for (ObjectInfo object :
                SegmentStorage.objects(services, SegmentObjectId.prefix(leader.topicId(), leader.partition()))) {
            Optional<SegmentObjectId> segment = SegmentObjectId.of(object.key());
            if (segment.isPresent()) {
                parts.computeIfAbsent(segment.get(), id -> new ArrayList<>()).add(object.key());
                youngestMs.merge(segment.get(), object.modifiedMs(), Math::max);
            }
        }
        parts.keySet()
                .removeIf(id -> youngestMs.getOrDefault(id, before) >= before || storage.isCopying(id.segmentId()));
        return parts;
    }

    private Map<SegmentObjectId, RemoteLogSegmentMetadata> known(TopicIdPartition leader)
            throws RemoteStorageException {
        Map<SegmentObjectId, RemoteLogSegmentMetadata> known = new HashMap<>();
        Iterator<RemoteLogSegmentMetadata> all = segments.of(leader);
        while (all.hasNext()) {
            RemoteLogSegmentMetadata segment = all.next();
            known.put(SegmentObjectId.of(segment), segment);
        }
        return known;
    }

    /**
     * Writes the metadata of a copy that never was and takes it back: when that is done, this broker has read everything that
     * was written before, and no broker knows more of a segment whose parts are older.
     */
    private void readAllMetadata(TopicIdPartition leader) throws RemoteStorageException, IOException {
        RemoteLogSegmentMetadata none = new RemoteLogSegmentMetadata(
                new RemoteLogSegmentId(leader, Uuid.randomUuid()),
                0,
                0,
                -1,
                brokerId,
                services.clock().wallTimeMs(),
                0,
                Map.of(0, 0L));
        Blocking.await(segments.add(none), UnfinishedCopies.WAIT_MS);
        unfinished.update(none, RemoteLogSegmentState.DELETE_SEGMENT_STARTED);
        unfinished.update(none, RemoteLogSegmentState.DELETE_SEGMENT_FINISHED);
    }

    /** Metadata can be lost, and then history is not garbage: only what is readable without it, or unreadable by any broker, may be deleted. */
    private static boolean isElsewhere(
            long offset, Starts starts, Map<SegmentObjectId, RemoteLogSegmentMetadata> known) {
        return offset < starts.log()
                || offset >= starts.local()
                || known.values().stream()
                        .anyMatch(segment -> segment.state() == RemoteLogSegmentState.COPY_SEGMENT_FINISHED
                                && segment.startOffset() <= offset
                                && offset <= segment.endOffset());
    }
}
