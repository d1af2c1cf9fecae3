package io.narrows.broker.tier;

import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;

/** A segment object with what is known of it. */
record SegmentSource(SegmentObjectId id, SegmentLayout layout) {
    static SegmentSource of(RemoteLogSegmentMetadata metadata) {
        return new SegmentSource(
                SegmentObjectId.of(metadata),
                SegmentLayout.of(metadata.customMetadata()
                        .orElseThrow(() -> new CorruptSegmentException("no layout in " + metadata))));
    }
}
