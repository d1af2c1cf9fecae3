package io.narrows.broker.tier;

import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;
import org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;

/**
 * Kafka's topic-based metadata, in which a segment has the size of its real bytes: retention by size counts them. Thread-safe
 * like the stock class. Public because Kafka makes it by its name.
 */
public final class SegmentMetadata extends TopicBasedRemoteLogMetadataManager {
    private volatile ToIntFunction<RemoteLogSegmentMetadata> logicalSizes =
            RemoteLogSegmentMetadata::segmentSizeInBytes;

    /** Where the size of a segment that is about to be copied comes from. Called before the first copy. */
    public void logicalSizes(ToIntFunction<RemoteLogSegmentMetadata> source) {
        logicalSizes = source;
    }

    @Override
    public CompletableFuture<Void> addRemoteLogSegmentMetadata(RemoteLogSegmentMetadata segment)
            throws RemoteStorageException {
        return super.addRemoteLogSegmentMetadata(new RemoteLogSegmentMetadata(
                segment.remoteLogSegmentId(),
                segment.startOffset(),
                segment.endOffset(),
                segment.maxTimestampMs(),
                segment.brokerId(),
                segment.eventTimestampMs(),
                logicalSizes.applyAsInt(segment),
                segment.customMetadata(),
                segment.state(),
                segment.segmentLeaderEpochs(),
                segment.isTxnIdxEmpty()));
    }
}
