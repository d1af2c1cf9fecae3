package io.narrows.broker.tier;

import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.server.log.remote.storage.RemoteLogMetadataManager;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadataUpdate;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;

/** What a sweep asks and tells Kafka's metadata of segments: the part of its manager that it needs. Thread-safe. */
public interface KnownSegments {
    /** Whether the partition's segments have been read. */
    boolean isReady(TopicIdPartition partition);

    Iterator<RemoteLogSegmentMetadata> of(TopicIdPartition partition) throws RemoteStorageException;

    /** Completes when the metadata has it and this broker has read it there. */
    CompletableFuture<Void> add(RemoteLogSegmentMetadata segment) throws RemoteStorageException;

    /** Completes when the metadata has it and this broker has read it there. */
    CompletableFuture<Void> update(RemoteLogSegmentMetadataUpdate update) throws RemoteStorageException;

    static KnownSegments in(RemoteLogMetadataManager manager) {
        return new KnownSegments() {
            @Override
            public boolean isReady(TopicIdPartition partition) {
                return manager.isReady(partition);
            }

            @Override
            public Iterator<RemoteLogSegmentMetadata> of(TopicIdPartition partition) throws RemoteStorageException {
                return manager.listRemoteLogSegments(partition);
            }

            @Override
            public CompletableFuture<Void> add(RemoteLogSegmentMetadata segment) throws RemoteStorageException {
                return manager.addRemoteLogSegmentMetadata(segment);
            }

            @Override
            public CompletableFuture<Void> update(RemoteLogSegmentMetadataUpdate update) throws RemoteStorageException {
                return manager.updateRemoteLogSegmentMetadata(update);
            }
        };
    }
}
