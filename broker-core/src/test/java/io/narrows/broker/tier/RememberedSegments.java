package io.narrows.broker.tier;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadataUpdate;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;

/** Segments of one partition, and what is said about them, without a topic. Used by one test thread. */
final class RememberedSegments implements KnownSegments {
    final List<RemoteLogSegmentMetadata> all = new ArrayList<>();
    /** Written by others, and seen when this broker has read as far as its own next record. */
    final List<RemoteLogSegmentMetadata> unread = new ArrayList<>();

    final List<RemoteLogSegmentMetadata> added = new ArrayList<>();
    final List<RemoteLogSegmentState> updates = new ArrayList<>();
    boolean ready = true;
    boolean fails;

    @Override
    public boolean isReady(TopicIdPartition partition) {
        return ready;
    }

    @Override
    public Iterator<RemoteLogSegmentMetadata> of(TopicIdPartition partition) {
        return all.iterator();
    }

    @Override
    public CompletableFuture<Void> add(RemoteLogSegmentMetadata segment) {
        added.add(segment);
        all.addAll(unread);
        unread.clear();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> update(RemoteLogSegmentMetadataUpdate update) {
        if (fails) {
            return CompletableFuture.failedFuture(new IllegalStateException("injected"));
        }
        updates.add(update.state());
        return CompletableFuture.completedFuture(null);
    }
}
