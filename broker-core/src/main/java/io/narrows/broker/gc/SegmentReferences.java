package io.narrows.broker.gc;

import io.narrows.broker.gc.collector.MalformedGcObjectException;

/**
 * The references of the segments of one log, as bytes that can be kept in a file beside the segment, so that a restart
 * need not read the segment to know them. The bytes are those of docs/formats/segment-references.md. Changes come under
 * the log's own lock.
 */
public interface SegmentReferences {
    /** What the links of the segment name now. The caller must not change the bytes. */
    byte[] encoded(long segmentBaseOffset);

    /**
     * Takes what {@link #encoded} returned for the same segment content, instead of one {@code add} for each link. The
     * bytes belong to the references from now on. Throws {@link MalformedGcObjectException} and changes nothing when they
     * are damaged or of an unknown version; then the segment must be read.
     */
    void restore(long segmentBaseOffset, byte[] encoded);
}
