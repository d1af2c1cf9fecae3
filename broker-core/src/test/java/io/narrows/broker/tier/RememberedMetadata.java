package io.narrows.broker.tier;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.server.log.remote.storage.RemoteLogMetadataManager;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadataUpdate;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentState;
import org.apache.kafka.server.log.remote.storage.RemotePartitionDeleteMetadata;

/** A metadata manager for one partition that remembers what it is told, without a topic. Used by one test thread. */
final class RememberedMetadata implements RemoteLogMetadataManager {
    final List<RemoteLogSegmentMetadata> segments = new ArrayList<>();
    /** Written by others, and seen when this broker has read as far as its own next record. */
    final List<RemoteLogSegmentMetadata> unread = new ArrayList<>();

    final List<RemoteLogSegmentMetadata> added = new ArrayList<>();
    final List<RemoteLogSegmentState> updates = new ArrayList<>();
    boolean ready = true;
    boolean fails;

    @Override
    public boolean isReady(TopicIdPartition topicIdPartition) {
        return ready;
    }

    @Override
    public CompletableFuture<Void> updateRemoteLogSegmentMetadata(RemoteLogSegmentMetadataUpdate update) {
        if (fails) {
            return CompletableFuture.failedFuture(new IllegalStateException("injected"));
        }
        updates.add(update.state());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Iterator<RemoteLogSegmentMetadata> listRemoteLogSegments(TopicIdPartition topicIdPartition) {
        return segments.iterator();
    }

    @Override
    public CompletableFuture<Void> addRemoteLogSegmentMetadata(RemoteLogSegmentMetadata segment) {
        added.add(segment);
        segments.addAll(unread);
        unread.clear();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Optional<RemoteLogSegmentMetadata> remoteLogSegmentMetadata(
            TopicIdPartition topicIdPartition, int epoch, long offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Long> highestOffsetForEpoch(TopicIdPartition topicIdPartition, int epoch) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> putRemotePartitionDeleteMetadata(RemotePartitionDeleteMetadata deletion) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Iterator<RemoteLogSegmentMetadata> listRemoteLogSegments(TopicIdPartition topicIdPartition, int epoch) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void onPartitionLeadershipChanges(Set<TopicIdPartition> leaders, Set<TopicIdPartition> followers) {}

    @Override
    public void onStopPartitions(Set<TopicIdPartition> partitions) {}

    @Override
    public long remoteLogSize(TopicIdPartition topicIdPartition, int epoch) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<RemoteLogSegmentMetadata> nextSegmentWithTxnIndex(
            TopicIdPartition topicIdPartition, int epoch, long offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
}
