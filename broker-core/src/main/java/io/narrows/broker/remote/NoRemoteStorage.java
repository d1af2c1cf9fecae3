package io.narrows.broker.remote;

import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata.CustomMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteResourceNotFoundException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager;

/**
 * The remote storage of a broker without tiered storage: holds nothing and takes nothing. Kafka makes it by its name,
 * which is why it is public.
 */
public final class NoRemoteStorage implements RemoteStorageManager {
    @Override
    public Optional<CustomMetadata> copyLogSegmentData(RemoteLogSegmentMetadata metadata, LogSegmentData data) {
        throw new UnsupportedOperationException("this broker has no tiered storage");
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start)
            throws RemoteResourceNotFoundException {
        throw nothingHere();
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start, int end)
            throws RemoteResourceNotFoundException {
        throw nothingHere();
    }

    @Override
    public InputStream fetchIndex(RemoteLogSegmentMetadata metadata, IndexType type)
            throws RemoteResourceNotFoundException {
        throw nothingHere();
    }

    private static RemoteResourceNotFoundException nothingHere() {
        return new RemoteResourceNotFoundException("this broker has no tiered storage");
    }

    @Override
    public void deleteLogSegmentData(RemoteLogSegmentMetadata metadata) {}

    @Override
    public void close() {}

    @Override
    public void configure(Map<String, ?> configs) {}
}
